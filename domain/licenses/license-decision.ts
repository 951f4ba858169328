/**
 * What a license allows, decided from one snapshot of its row. Order, texts and numbers are those of the
 * NextPanel contract, part B1, steps 5 to 8; the codes are the closed set of the licensing contract, section 1.
 */
export type LicenseCode =
  | 'VALID'
  | 'GRACE'
  | 'NOT_FOUND'
  | 'SUSPENDED'
  | 'EXPIRED'
  | 'TERMINATED'
  | 'FEATURE_UNKNOWN'
  | 'FEATURE_NOT_INCLUDED'
  | 'QUOTA_EXCEEDED'
  | 'RATE_LIMITED';

export type LicenseStatus = 'active' | 'suspended' | 'expired' | 'cancelled';

/** A license as the one who asks may see it, with its quota of the feature asked for. */
export interface LicenseFacts {
  status: LicenseStatus;
  inGrace: boolean;
  /** Whole seconds until it ends by the database's clock; 0 or less is past; null never ends. */
  endsInSeconds: number | null;
  /** What holds for a feature the license does not name. */
  unnamedFeatures: 'deny' | 'allow';
  /** null when the license does not name the feature; quota -1 is unlimited. */
  quota: { quota: number; gauge: number; held: number } | null;
}

export interface LicenseDecision {
  code: LicenseCode;
  /** null when valid. */
  error: string | null;
  /** What may still be made before this action; -1 is not counted or unlimited; null when not valid. */
  remaining: number | null;
  /** The feature's quota and its use so far, held included; null when it is not counted or not told. */
  limit: number | null;
  current: number | null;
  /** How long the answer may be believed. Never past the next change we know of. */
  cacheSeconds: number;
}

export const REFUSALS = {
  format: 'Invalid license key format',
  credentials: 'Invalid request signature or expired timestamp',
  licenseLimit: 'Rate limit exceeded: Too many validations for this license',
  sourceLimit: 'Rate limit exceeded: Too many validations from this IP',
  anomaly: 'Anomalous usage pattern detected. Account flagged for review.',
  unknown: 'Invalid license key',
  expired: 'License has expired',
  notIncluded: 'Feature not included in plan',
} as const;

const QUOTA_TEXTS = new Map([
  ['create_database', 'Database quota exceeded'],
  ['create_domain', 'Domain quota exceeded'],
  ['create_email', 'Email account quota exceeded'],
  ['create_account', 'Account quota exceeded'],
]);
const STATUS_CODES = { suspended: 'SUSPENDED', expired: 'EXPIRED', cancelled: 'TERMINATED' } as const;
const CACHE_SECONDS = 300;
/** With so little left, the next answer may be another one. */
const SCARCE = 5;

export const refuse = (code: LicenseCode, error: string): LicenseDecision => ({
  code,
  error,
  remaining: null,
  limit: null,
  current: null,
  cacheSeconds: 0,
});

/** @param facts  null when there is no such license, or none this caller may see: both are answered alike */
export function decideLicense(facts: LicenseFacts | null, feature: string, wellFormed: boolean): LicenseDecision {
  if (!facts) return refuse('NOT_FOUND', wellFormed ? REFUSALS.unknown : REFUSALS.format);
  if (facts.status !== 'active') return refuse(STATUS_CODES[facts.status], `License is ${facts.status}`);
  if (facts.endsInSeconds !== null && facts.endsInSeconds <= 0) return refuse('EXPIRED', REFUSALS.expired);

  const { quota } = facts;
  if (!quota) {
    return facts.unnamedFeatures === 'allow'
      ? allow(facts, -1, null, null)
      : refuse('FEATURE_UNKNOWN', REFUSALS.notIncluded);
  }
  if (quota.quota === -1) return allow(facts, -1, null, null);
  const counted = QUOTA_TEXTS.get(feature);
  if (quota.quota === 0 && !counted) return refuse('FEATURE_NOT_INCLUDED', REFUSALS.notIncluded);
  const current = quota.gauge + quota.held;
  if (current >= quota.quota) {
    return { ...refuse('QUOTA_EXCEEDED', counted ?? 'Quota exceeded'), limit: quota.quota, current };
  }
  return allow(facts, quota.quota - current, quota.quota, current);
}

function allow(facts: LicenseFacts, remaining: number, limit: number | null, current: number | null): LicenseDecision {
  const scarce = remaining >= 0 && remaining <= SCARCE;
  return {
    code: facts.inGrace ? 'GRACE' : 'VALID',
    error: null,
    remaining,
    limit,
    current,
    cacheSeconds: facts.inGrace || scarce ? 0 : Math.min(CACHE_SECONDS, facts.endsInSeconds ?? CACHE_SECONDS),
  };
}
