import { describeInstant } from '#domain/calendar/civil-dates.ts';
import { decideLicense, REFUSALS, type LicenseCode, type LicenseDecision } from '#domain/licenses/license-decision.ts';
import type { Diagnosis } from '#api/contracts/diagnose.ts';
import { LIMITS } from '../check/allowances.ts';
import type { FoundLicense, FoundNode } from './findings.ts';

type Check = Diagnosis['checks'][number];

export interface ToExplain {
  license: FoundLicense | null;
  /** The node that asks: the one that was named, else the license's own. */
  node: FoundNode | null;
  /** Whether the key has a form we issue. */
  wellFormed: boolean;
  /** Only this one. */
  feature?: string | undefined;
}

/**
 * Why a license is answered as it is: the answers themselves come from the rule that serves panels, and each check
 * says whether that rule got past it.
 */
export function explainLicense(of: ToExplain): Pick<Diagnosis, 'valid' | 'answers' | 'checks'> {
  const { license, node } = of;
  const isForeign = license !== null && node !== null && license.node?.id !== node.id;
  const seen = isForeign ? null : license;
  const decide = (feature: string | null) => ({
    feature,
    decision: decideOne(seen, feature, of.wellFormed || isForeign),
  });
  const features = of.feature === undefined ? (seen?.quotas ?? []).map(({ feature }) => feature) : [of.feature];
  const decided = features.length > 0 ? features.map(decide) : [decide(null)];
  // What holds whatever is asked: the rule with a feature it does not count.
  const general = decide(null).decision;

  return {
    valid: decided.every(({ decision }) => decision.error === null),
    answers: decided.map(({ feature, decision }) => ({
      feature,
      valid: decision.error === null,
      error: decision.error,
      code: decision.code,
      remaining_quota: decision.remaining,
      limit: decision.limit,
      current: decision.current,
    })),
    checks: [
      formCheck(of, isForeign),
      credentialCheck(of),
      limitsCheck(),
      existenceCheck(of, isForeign),
      ...steps(seen, general),
      ...decided.map(({ feature, decision }) => quotaCheck(seen, feature, decision, general)),
      ...behind(license, node, isForeign),
    ],
  };
}

function decideOne(license: FoundLicense | null, feature: string | null, wellFormed: boolean): LicenseDecision {
  if (!license) return decideLicense(null, feature ?? '', wellFormed);
  const facts = { status: license.status, inGrace: license.in_grace, endsInSeconds: license.ends_in_seconds };
  if (feature === null) return decideLicense({ ...facts, unnamedFeatures: 'allow', quota: null }, '', true);
  const quota = license.quotas.find((one) => one.feature === feature) ?? null;
  return decideLicense({ ...facts, unnamedFeatures: license.unnamed_features, quota }, feature, true);
}

const check = (
  name: Check['check'],
  passed: Check['passed'],
  says: string,
  next: string | null = null,
  feature: string | null = null,
): Check => ({ check: name, feature, passed, says, next });

const NOT_REACHED = 'Not reached: an earlier check did not pass.';

function formCheck({ license, wellFormed }: ToExplain, isForeign: boolean): Check {
  if (wellFormed) return check('form', true, 'The key has a form that is issued here.');
  if (license || isForeign)
    return check('form', true, 'The key has no form that is issued here, and is known: it was imported.');
  return check(
    'form',
    false,
    `The key has no form that is issued here, or a symbol of it is wrong. Panels are told: ${REFUSALS.format}.`,
    'Compare it with the one the customer sees on the order’s page.',
  );
}

function credentialCheck({ node, license }: ToExplain): Check {
  if (!node) {
    const why = license
      ? 'The license is on no node.'
      : 'Without a license there is no node whose panel would ask; name one to check it.';
    return check('credential', null, why);
  }
  const { name, credentials, credential_used_at: usedAt, api_keys: apiKeys } = node;
  if (credentials === 0 && apiKeys === 0) {
    return check(
      'credential',
      false,
      `The panel of ${name} has no credential that is good, so what it asks is refused: ${REFUSALS.credentials}.`,
      `Make one with POST /api/v2/nodes/${node.id}/panel-credentials and enter it at the panel.`,
    );
  }
  if (credentials === 0) {
    return check('credential', true, `The panel of ${name} has no key of its own; ${apiKeys} API keys may ask for it.`);
  }
  if (!usedAt) {
    return check(
      'credential',
      true,
      `The panel of ${name} has ${plural(credentials, 'key')}, and none has been used yet.`,
      `If the panel is told "${REFUSALS.credentials}", compare key and secret there, and its clock: five minutes is the most.`,
    );
  }
  return check(
    'credential',
    true,
    `The panel of ${name} has ${plural(credentials, 'key')}, last used ${timeText(usedAt)}.`,
  );
}

const limitsCheck = (): Check =>
  check(
    'limits',
    null,
    `Counted in each API process, so not to be seen here: ${LIMITS.perLicense} questions a minute about one license, ${LIMITS.perAccount} by one panel.`,
    'A panel that meets them is answered RATE_LIMITED with Retry-After; have it keep answers for `cache_seconds`.',
  );

function existenceCheck({ license, node, wellFormed }: ToExplain, isForeign: boolean): Check {
  if (isForeign) {
    return check(
      'license',
      false,
      `The license is there, but not on ${node!.name}: its panel is answered as if there were none, ${REFUSALS.unknown}.`,
      'Ask with the key of an account on that node, or use this key on the node it belongs to.',
    );
  }
  if (license)
    return check(
      'license',
      true,
      `The license is ${license.key_hint}, of ${license.customer.name}, plan ${license.plan.name}.`,
    );
  if (!wellFormed) return check('license', null, NOT_REACHED);
  return check(
    'license',
    false,
    `There is no license with this key. Panels are told: ${REFUSALS.unknown}.`,
    'Find the right one by its user name or service: GET /api/v2/licenses?q=…',
  );
}

const STATUS_NEXT: Record<string, string> = {
  suspended:
    'It comes back with its service, in the same step: see why that is suspended, and the invoices of the order.',
  expired: 'Renew the subscription; the license goes on with it.',
  cancelled: 'It ended with its service and does not come back. A new order brings a new license.',
};

/** Status, then expiry. */
function steps(license: FoundLicense | null, { code, error }: LicenseDecision): Check[] {
  if (!license) return [check('status', null, NOT_REACHED), check('expiry', null, NOT_REACHED)];
  const active = license.status === 'active';
  const grace = license.in_grace ? ', in its grace period: an invoice is overdue' : '';
  const status = active
    ? check('status', true, `It is active${grace}.`)
    : check('status', false, `It is ${license.status}. Panels are told: ${error}.`, STATUS_NEXT[license.status]);
  if (!active) return [status, check('expiry', null, NOT_REACHED)];
  const ends = license.expires_at;
  const expiry =
    code === 'EXPIRED'
      ? check('expiry', false, `It ended ${timeText(ends!)}. Panels are told: ${error}.`, STATUS_NEXT.expired)
      : check(
          'expiry',
          true,
          ends ? `It ends ${timeText(ends)}.` : 'It has no end of its own; it lasts as long as its service.',
        );
  return [status, expiry];
}

const QUOTA_NEXT: Partial<Record<LicenseCode, string>> = {
  QUOTA_EXCEEDED: 'Remove one on the panel, or move the customer to a larger plan.',
  FEATURE_NOT_INCLUDED: 'The plan does not include it: move the customer to one that does.',
  FEATURE_UNKNOWN:
    'The plan does not name it. Check how the panel spells it; a plan’s quotas reach licenses issued from then on.',
};

function quotaCheck(
  license: FoundLicense | null,
  feature: string | null,
  own: LicenseDecision,
  general: LicenseDecision,
) {
  if (!license || general.error !== null) return check('quota', null, NOT_REACHED, null, feature);
  if (feature === null) return check('quota', null, 'The license names no feature.');
  const passed = own.error === null;
  const counted = own.limit !== null;
  const quota = license.quotas.find((one) => one.feature === feature);
  const use = quota && `${quota.gauge + quota.held} in use${quota.held > 0 ? `, ${quota.held} of them held` : ''}`;
  const says = counted
    ? `${own.current} of ${own.limit} ${feature} in use${passed ? `, ${own.remaining} left` : ''}`
    : passed
      ? quota
        ? `${feature} is unlimited, ${use}`
        : `${feature} is not named by the plan, and what is not named is allowed`
      : `${feature} is not included`;
  return passed
    ? check('quota', true, `${says}.`, null, feature)
    : check('quota', false, `${says}. Panels are told: ${own.error}.`, QUOTA_NEXT[own.code] ?? null, feature);
}

/** What a validation does not look at, and what usually explains it. */
function behind(license: FoundLicense | null, node: FoundNode | null, isForeign: boolean): Check[] {
  if (!license) return [];
  const { service, subscription, order } = license;
  const live = service.status === 'active';
  const agrees = live === (license.status === 'active');
  const checks = [
    check(
      'service',
      agrees,
      `Service ${service.reference} is ${service.status}${service.username ? `, account ${service.username}` : ''}.`,
      agrees ? null : `Service and license should say the same. See order ${order.reference} and its open incidents.`,
    ),
    check(
      'subscription',
      subscription.status === 'active',
      `Subscription ${subscription.reference} is ${subscription.status}, ${subscription.paid_through === null ? 'paid once and for all' : `paid until ${subscription.paid_through}`}.`,
      subscription.status === 'active' ? null : `See order ${order.reference}.`,
    ),
  ];
  if (node && !isForeign) {
    const healthy = node.health === 'healthy';
    const when = node.checked_at ? `, checked ${timeText(node.checked_at)}` : '';
    checks.push(
      check(
        'node',
        healthy,
        `Node ${node.name} is ${node.health}${node.draining ? ', draining' : ''}${when}.`,
        healthy ? null : `POST /api/v2/nodes/${node.id}/test says what is wrong.`,
      ),
    );
  }
  return checks;
}

const timeText = (instant: string) => describeInstant(new Date(instant));
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
