import { describe, expect, it } from '@jest/globals';
import { VendorRefused, VendorUnavailable } from '#activities/http/vendor.ts';
import { asFailure } from './activity-interceptor.ts';

interface Failure {
  type: string;
  nonRetryable: boolean;
  nextRetryDelay?: number;
  details: unknown[];
}

describe('an adapter’s error becomes a failure that says how to go on', () => {
  it.each([
    [1, 30],
    [2, 60],
    [3, 120],
    [4, 300],
    [5, 900],
    [6, 3_600],
    [24, 3_600],
  ])('try %i of a panel call waits %i s, give or take a fifth', (attempt, seconds) => {
    const { nextRetryDelay } = asFailure(new VendorUnavailable('away'), 'ensureAccount', attempt) as Failure;
    expect(nextRetryDelay).toBeGreaterThanOrEqual(seconds * 800);
    expect(nextRetryDelay).toBeLessThanOrEqual(seconds * 1_200);
  });

  it('waits as long as the vendor asks', () => {
    const failure = asFailure(new VendorUnavailable('busy', { retryAfterMs: 7_000 }), 'ensureAccount', 1) as Failure;
    expect(failure.nextRetryDelay).toBe(7_000);
  });

  it('leaves the wait of other activities to their retry policy', () => {
    expect((asFailure(new VendorUnavailable('busy'), 'openCheckout', 1) as Failure).nextRetryDelay).toBeUndefined();
  });

  it('ends the retries of what a person must change, and says where it happened', () => {
    const error = Object.assign(new VendorRefused('no such package'), { where: { nodeId: 'node-1' } });
    expect(asFailure(error, 'ensureAccount', 1)).toMatchObject({
      type: 'VendorRefused',
      nonRetryable: true,
      details: [{ nodeId: 'node-1' }],
    });
  });

  it('passes on what it does not know', () => {
    const error = new TypeError('a mistake of ours');
    expect(asFailure(error, 'ensureAccount', 1)).toBe(error);
  });
});
