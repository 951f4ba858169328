import { describe, expect, it } from '@jest/globals';
import { effectivePolicy, LEVELS, shortened, type Level, type PolicyPart } from './overrides.ts';
import { DEFAULT_POLICY, Policy } from './policy.ts';

it('the defaults are a policy', () => {
  expect(Policy.parse(DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
});

describe('the most specific level wins, field by field', () => {
  const suspend = (days: number | 'off'): PolicyPart => ({ overdue: { longer: { suspendAfterDays: days } } });

  it('each over every level above it', () => {
    const parts = Object.fromEntries(LEVELS.map((level, at) => [level, suspend(10 + at)])) as Record<Level, PolicyPart>;
    LEVELS.forEach((level, at) => {
      const { policy, origins } = effectivePolicy(DEFAULT_POLICY, parts);
      expect([policy.overdue.longer.suspendAfterDays, origins['overdue.longer.suspendAfterDays']]).toEqual([
        10 + at,
        level,
      ]);
      delete (parts as Partial<typeof parts>)[level];
    });
    const { policy, origins } = effectivePolicy(DEFAULT_POLICY, parts);
    expect(policy).toEqual(DEFAULT_POLICY);
    expect(new Set(Object.values(origins))).toEqual(new Set(['installation']));
  });

  it('others are left as they are, and each says where it comes from', () => {
    const { policy, origins } = effectivePolicy(DEFAULT_POLICY, {
      service: { overdue: { longer: { retryDays: [2] } } },
      client: suspend('off'),
      brand: { chargeTimes: ['09:30'], issueLeadDays: { monthly: 10 }, terminationNeedsApproval: false },
    });
    expect(policy).toEqual({
      ...DEFAULT_POLICY,
      overdue: {
        ...DEFAULT_POLICY.overdue,
        longer: { ...DEFAULT_POLICY.overdue.longer, retryDays: [2], suspendAfterDays: 'off' },
      },
      chargeTimes: ['09:30'],
      issueLeadDays: { ...DEFAULT_POLICY.issueLeadDays, monthly: 10 },
      terminationNeedsApproval: false,
    });
    expect(origins).toMatchObject({
      'overdue.longer.retryDays': 'service',
      'overdue.longer.suspendAfterDays': 'client',
      'overdue.weekly.suspendAfterDays': 'installation',
      'issueLeadDays.monthly': 'brand',
      'issueLeadDays.yearly': 'installation',
      terminationNeedsApproval: 'brand',
      'window.days': 'installation',
    });
  });

  it.each<[because: string, days: number | 'off', bounds: object, kept: number | 'off']>([
    ['the brand’s longest grace bounds a client', 60, { longestGraceDays: 21 }, 21],
    ['and its shortest', 0, { shortestGraceDays: 3 }, 3],
    ['what lies between is kept', 10, { shortestGraceDays: 3, longestGraceDays: 21 }, 10],
    ['never is longer than any grace, and allowed', 'off', { longestGraceDays: 21 }, 'off'],
    ['0 is on the due date, not never', 0, {}, 0],
  ])('%s', (_because, days, bounds, kept) => {
    expect(
      effectivePolicy(DEFAULT_POLICY, { client: suspend(days) }, bounds).policy.overdue.longer.suspendAfterDays,
    ).toBe(kept);
  });

  it('a brand’s earliest termination holds below it', () => {
    const { policy } = effectivePolicy(
      DEFAULT_POLICY,
      { service: { terminateAfterDays: 1 } },
      { earliestTerminationDays: 20 },
    );
    expect(policy.terminateAfterDays).toBe(20);
  });
});

it('says what a change brings forward', () => {
  const sooner = effectivePolicy(DEFAULT_POLICY, {
    installation: { overdue: { longer: { suspendAfterDays: 5 } }, terminateAfterDays: 40, purgeAfterDays: 7 },
  }).policy;
  expect(shortened(DEFAULT_POLICY, sooner)).toEqual(['overdue.longer.suspendAfterDays', 'purgeAfterDays']);
  expect(shortened(sooner, DEFAULT_POLICY)).toEqual(['terminateAfterDays']);
  const never = { ...DEFAULT_POLICY, terminateAfterDays: 'off' as const };
  expect([shortened(DEFAULT_POLICY, never), shortened(never, DEFAULT_POLICY)]).toEqual([[], ['terminateAfterDays']]);
});
