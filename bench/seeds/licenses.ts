import { createHash } from 'node:crypto';
import { newLicenseKey } from '#domain/licenses/license-key.ts';

/**
 * The licenses of the license benchmarks: made by number, so that whoever asks and whoever answers know them
 * without telling each other. A thousand panels serve them in turn, each within its limit of questions.
 */
export const PANELS = 1_000;
export const FEATURES = ['create_account', 'create_domain', 'create_database', 'create_email'] as const;
/** Every such license is suspended. */
const SUSPENDED_EACH = 97;

const chance = (text: string) => createHash('sha256').update(`hostwright bench ${text}`).digest();

export const keyOf = (license: number): string =>
  newLicenseKey('extended', (bytes) => chance(`license ${license}`).subarray(0, bytes));
export const panelOf = (license: number): number => license % PANELS;
export const panelIdOf = (panel: number): string => `pc_bench_${panel}`;
export const panelAddressOf = (panel: number): string => `198.18.${panel >> 8}.${panel & 255}`;
export const panelSecretOf = (panel: number): string => chance(`panel ${panel}`).toString('base64');

export const isSuspended = (license: number): boolean => license % SUSPENDED_EACH === 0;
export const quotaOf = (feature: number): number => 20 + 10 * feature;
export const gaugeOf = (license: number, feature: number): number => (license * 7 + feature) % 60;

/** What the answer must say, by the rows that were seeded. */
export function expectedAnswer(license: number, feature: number): { valid: boolean; remaining_quota: number | null } {
  const remaining = quotaOf(feature) - gaugeOf(license, feature);
  const valid = !isSuspended(license) && remaining > 0;
  return { valid, remaining_quota: valid ? remaining : null };
}
