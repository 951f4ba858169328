import type { z } from 'zod';
import type { OrderStatus } from '#api/contracts/orders.ts';
import type { Cycle } from '../queries/catalog.ts';
import { vendorLabel } from '#api/contracts/vendors.ts';

/** What a year costs less than twelve months, in minor units; 0 when nothing. */
export const yearlySaving = (monthly: string, yearly: string): number =>
  Math.max(0, Number(monthly) * 12 - Number(yearly));

const FEATURES: Record<string, [one: string, many: string]> = {
  create_account: ['hosting account', 'hosting accounts'],
  create_domain: ['domain', 'domains'],
  create_database: ['database', 'databases'],
  create_email: ['mailbox', 'mailboxes'],
};

/** What a plan allows, the things people ask for first at the top. */
export const quotaTexts = (quotas: Readonly<Record<string, number>>): string[] => {
  const known = Object.keys(FEATURES);
  const place = (feature: string) => (known.includes(feature) ? known.indexOf(feature) : known.length);
  return Object.entries(quotas)
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([feature, quota]) => quotaText(feature, quota));
};

/** "5 databases", "Unlimited domains". */
function quotaText(feature: string, quota: number): string {
  const plain = feature.replace(/^create_/, '').replaceAll('_', ' ');
  const [one, many] = FEATURES[feature] ?? [plain, plain];
  if (quota === -1) return `Unlimited ${many}`;
  return `${quota} ${quota === 1 ? one : many}`;
}

export const CYCLES: Record<Cycle, string> = {
  weekly: 'Weekly',
  monthly: 'Monthly',
  quarterly: 'Quarterly',
  half_yearly: 'Half-yearly',
  yearly: 'Yearly',
  two_yearly: 'Every two years',
  three_yearly: 'Every three years',
  one_time: 'Once',
};
/** Behind an amount. */
export const PER_CYCLE: Record<Cycle, string> = {
  weekly: 'a week',
  monthly: 'a month',
  quarterly: 'a quarter',
  half_yearly: 'for half a year',
  yearly: 'a year',
  two_yearly: 'for two years',
  three_yearly: 'for three years',
  one_time: 'once and for all',
};

export const SOLD_OUT = 'Sold out';

export const STATUS: Record<z.infer<typeof OrderStatus>, { text: string; color: string }> = {
  awaiting_payment: { text: 'Awaiting payment', color: 'yellow' },
  provisioning: { text: 'Being set up', color: 'blue' },
  active: { text: 'Active', color: 'teal' },
  canceled: { text: 'Canceled', color: 'gray' },
  refunded: { text: 'Refunded', color: 'gray' },
};

export const gatewayName = (gateway: string): string =>
  gateway === 'recorded' ? 'bank transfer' : vendorLabel(gateway);

/** `Ines Moreau #17`: two customers may have one name. */
export const customerText = ({ name, number }: { name: string; number: number }): string => `${name} #${number}`;
