import { describe, expect, it } from '@jest/globals';
import { VendorRefused, VendorUnavailable } from '#activities/http/vendor.ts';
import { createSealer, SealBroken } from '#db/secrets/seal.ts';
import { asFailure } from './activity-interceptor.ts';

interface Failure {
  type: string;
  nonRetryable: boolean;
  nextRetryDelay?: number;
  details: unknown[];
}

const atNode = (error: Error) => Object.assign(error, { where: { nodeId: 'node-1' } });

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
    const { nextRetryDelay } = asFailure(atNode(new VendorUnavailable('away')), attempt) as Failure;
    expect(nextRetryDelay).toBeGreaterThanOrEqual(seconds * 800);
    expect(nextRetryDelay).toBeLessThanOrEqual(seconds * 1_200);
  });

  it('waits as long as the vendor asks', () => {
    const failure = asFailure(atNode(new VendorUnavailable('busy', { retryAfterMs: 7_000 })), 1) as Failure;
    expect(failure.nextRetryDelay).toBe(7_000);
  });

  it('leaves the wait to the retry policy of the activity where no node is concerned', () => {
    const error = Object.assign(new VendorUnavailable('busy'), { where: { gateway: 'stripe', adapter: 'stripe' } });
    expect((asFailure(error, 1) as Failure).nextRetryDelay).toBeUndefined();
  });

  it('ends the retries of what a person must change, and says where it happened', () => {
    expect(asFailure(atNode(new VendorRefused('no such package')), 1)).toMatchObject({
      type: 'VendorRefused',
      nonRetryable: true,
      details: [{ nodeId: 'node-1' }],
    });
  });

  it('SECR-02: a secret that does not open ends the retries, and says which one, where, and what to do', () => {
    const place = { table: 'node', column: 'credentials', rowId: 'node-1' };
    const key = Buffer.alloc(32, 7);
    const sealed = createSealer([{ id: 'old', key }]).seal('s3cr3t', place);
    let thrown: unknown;
    try {
      createSealer([{ id: 'new', key }]).open(sealed, place);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SealBroken);
    const failure = asFailure(atNode(thrown as Error), 1) as Failure & { message: string };
    expect(failure).toMatchObject({ type: 'SealBroken', nonRetryable: true, details: [{ nodeId: 'node-1' }] });
    expect(failure.message).toMatch(
      /^node\.credentials of node-1 is sealed with key "old", which SEAL_KEYS does not have\. .*hostwright seal status/,
    );
  });

  it('passes on what it does not know', () => {
    const error = new TypeError('a mistake of ours');
    expect(asFailure(error, 1)).toBe(error);
  });
});
