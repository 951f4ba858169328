import type { Policy } from './policy.ts';

/** From the most specific to the most general; the first that says something about a field wins, field by field. */
export const LEVELS = [
  'service',
  'client',
  'client_group',
  'product',
  'product_group',
  'brand',
  'installation',
] as const;
export type Level = (typeof LEVELS)[number];

/** Any part of a policy; what is missing is left to the next level. */
export type PolicyPart = DeepPartial<Policy>;
type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

export interface EffectivePolicy {
  policy: Policy;
  /** From which level each field comes, by its path: `overdue.longer.suspendAfterDays`. */
  origins: Record<string, Level>;
}

/** Bounds that a brand sets for every level below it. Source: automation-defaults, section 7. */
export interface PolicyBounds {
  shortestGraceDays?: number;
  longestGraceDays?: number;
  earliestTerminationDays?: number;
}

/**
 * The policy that holds for one service, each field with where it comes from.
 * @param defaults  of the installation, whole
 * @param parts     what the levels above it say
 */
export function effectivePolicy(
  defaults: Policy,
  parts: Readonly<Partial<Record<Level, PolicyPart>>>,
  bounds: PolicyBounds = {},
): EffectivePolicy {
  const origins: Record<string, Level> = {};
  const merge = (path: string, base: unknown): unknown => {
    if (isGroup(base) && path !== 'window.days') {
      return Object.fromEntries(
        Object.entries(base).map(([name, value]) => [name, merge(path ? `${path}.${name}` : name, value)]),
      );
    }
    const level = LEVELS.find((one) => valueAt(parts[one], path) !== undefined) ?? 'installation';
    origins[path] = level;
    return valueAt(parts[level], path) ?? base;
  };
  const policy = merge('', defaults) as Policy;
  return { policy: bounded(policy, bounds), origins };
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueAt(part: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isGroup(value) ? value[name] : undefined), part);
}

function bounded(
  policy: Policy,
  { shortestGraceDays, longestGraceDays, earliestTerminationDays }: PolicyBounds,
): Policy {
  const grace = (days: number | 'off') =>
    days === 'off' ? days : Math.max(shortestGraceDays ?? 0, Math.min(longestGraceDays ?? days, days));
  const { weekly, longer } = policy.overdue;
  const { terminateAfterDays: terminate } = policy;
  return {
    ...policy,
    overdue: {
      weekly: { ...weekly, suspendAfterDays: grace(weekly.suspendAfterDays) },
      longer: { ...longer, suspendAfterDays: grace(longer.suspendAfterDays) },
    },
    terminateAfterDays: terminate === 'off' ? terminate : Math.max(earliestTerminationDays ?? 0, terminate),
  };
}

/**
 * Which fields of a policy bring something forward: a consequence, a try or a warning. Such a change is shown before it is
 * made, with what it moves.
 */
export function shortened(before: Policy, after: Policy): string[] {
  const sooner = (path: string, days: (policy: Policy) => number | 'off') => {
    const [a, b] = [days(before), days(after)].map((one) => (one === 'off' ? Infinity : one));
    return b! < a! ? [path] : [];
  };
  return [
    ...sooner('overdue.weekly.suspendAfterDays', ({ overdue }) => overdue.weekly.suspendAfterDays),
    ...sooner('overdue.longer.suspendAfterDays', ({ overdue }) => overdue.longer.suspendAfterDays),
    ...sooner('terminateAfterDays', ({ terminateAfterDays }) => terminateAfterDays),
    ...sooner('terminateAfterSuspendedDays', ({ terminateAfterSuspendedDays }) => terminateAfterSuspendedDays),
    ...sooner('purgeAfterDays', ({ purgeAfterDays }) => purgeAfterDays),
    ...sooner('noticeDistanceHours', ({ noticeDistanceHours }) => noticeDistanceHours),
    ...sooner('pendingPauseDays', ({ pendingPauseDays }) => pendingPauseDays),
    ...sooner('cancelUnpaidOrderDays', ({ cancelUnpaidOrderDays }) => cancelUnpaidOrderDays),
    ...sooner('planChangeLapseDays', ({ planChangeLapseDays }) => planChangeLapseDays),
  ];
}
