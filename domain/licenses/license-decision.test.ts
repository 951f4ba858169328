import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideLicense, type LicenseFacts } from './license-decision.ts';

const license = (changes: Partial<LicenseFacts> = {}): LicenseFacts => ({
  status: 'active',
  inGrace: false,
  endsInSeconds: 30 * 86_400,
  unnamedFeatures: 'deny',
  quota: { quota: 50, gauge: 40, held: 0 },
  ...changes,
});
const used = (quota: number, gauge: number, held = 0) => license({ quota: { quota, gauge, held } });

describe('a license decision, step by step in the order of the contract', () => {
  it.each<[LicenseFacts | null, string, string, string | null, number | null, string]>([
    [null, 'create_database', 'NOT_FOUND', 'Invalid license key', null, 'no such key, or not for this caller'],
    [
      license({ status: 'suspended' }),
      'create_database',
      'SUSPENDED',
      'License is suspended',
      null,
      'plain status word',
    ],
    [license({ status: 'expired' }), 'create_database', 'EXPIRED', 'License is expired', null, 'plain status word'],
    [
      license({ status: 'cancelled' }),
      'create_database',
      'TERMINATED',
      'License is cancelled',
      null,
      'plain status word',
    ],
    [
      license({ status: 'suspended', endsInSeconds: -5 }),
      'create_database',
      'SUSPENDED',
      'License is suspended',
      null,
      'status comes before expiry',
    ],
    [license({ endsInSeconds: 0 }), 'create_database', 'EXPIRED', 'License has expired', null, 'the end is over'],
    [license({ endsInSeconds: 1 }), 'create_database', 'VALID', null, 10, 'one second is left'],
    [license({ endsInSeconds: null }), 'create_database', 'VALID', null, 10, 'it never ends'],
    [used(50, 45), 'create_database', 'VALID', null, 5, 'remaining is counted before the action'],
    [used(50, 50), 'create_database', 'QUOTA_EXCEEDED', 'Database quota exceeded', null, 'the counter is at the limit'],
    [used(3, 9), 'create_domain', 'QUOTA_EXCEEDED', 'Domain quota exceeded', null, 'over the limit after a downgrade'],
    [used(10, 9, 1), 'create_email', 'QUOTA_EXCEEDED', 'Email account quota exceeded', null, 'what is held counts'],
    [used(0, 0), 'create_account', 'QUOTA_EXCEEDED', 'Account quota exceeded', null, 'a counted feature of none'],
    [used(-1, 5_000), 'create_email', 'VALID', null, -1, 'unlimited'],
    [used(0, 0), 'wordpress', 'FEATURE_NOT_INCLUDED', 'Feature not included in plan', null, 'a flag that is off'],
    [used(-1, 0), 'wordpress', 'VALID', null, -1, 'a flag that is on'],
    [used(2, 2), 'backup_slot', 'QUOTA_EXCEEDED', 'Quota exceeded', null, 'a number of its own is counted'],
    [license({ quota: null }), 'staging', 'FEATURE_UNKNOWN', 'Feature not included in plan', null, 'unnamed is denied'],
    [license({ quota: null, unnamedFeatures: 'allow' }), 'staging', 'VALID', null, -1, 'unnamed is allowed here'],
    [license({ inGrace: true }), 'create_database', 'GRACE', null, 10, 'grace keeps it valid'],
  ])('%j asked for %s: %s', (facts, feature, code, error, remaining, _because) => {
    expect(decideLicense(facts, feature, true)).toMatchObject({ code, error, remaining });
  });

  it('a key that exists nowhere is a matter of its shape, one that exists never', () => {
    expect(decideLicense(null, 'create_database', false).error).toBe('Invalid license key format');
    expect(decideLicense(license(), 'create_database', false).code).toBe('VALID');
  });

  it.each([
    [license(), 300, 'plenty left'],
    [used(50, 44), 300, 'six left'],
    [used(50, 45), 0, 'five left: the next answer may differ'],
    [used(-1, 0), 300, 'unlimited is not scarce'],
    [license({ inGrace: true }), 0, 'grace may end any time'],
    [license({ endsInSeconds: 120 }), 120, 'not past the end we know of'],
    [license({ status: 'suspended' }), 0, 'a refusal is never kept'],
  ])('PANEL-07: %j may be believed for %i seconds', (facts, seconds, _because) => {
    expect(decideLicense(facts, 'create_database', true).cacheSeconds).toBe(seconds);
  });

  it('never allows more than the quota, and says how much it counted', () => {
    const natural = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(natural, natural, natural, (quota, gauge, held) => {
        const { code, remaining, limit, current } = decideLicense(used(quota, gauge, held), 'create_domain', true);
        expect({ limit, current }).toEqual({ limit: quota, current: gauge + held });
        if (code === 'VALID') expect(remaining! + gauge + held).toBe(quota);
        expect(code === 'VALID').toBe(gauge + held < quota);
      }),
    );
  });
});
