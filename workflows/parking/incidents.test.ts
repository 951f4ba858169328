import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { newId } from '#domain/ids.ts';
import { withWorkflows, type Workflows } from '../testing/harness.ts';
import { openIncidentOf, order, refused, smooth, stop } from '../testing/orders.ts';

const MINUTE = 60_000;
const NODE = newId();
const away = () => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { name: 'DriverException' });

type Made = ReturnType<typeof smooth>;
type Handle = Awaited<ReturnType<Workflows['start']>>;

/** A paid order, and what staff do with it; `parked` waits until so many incidents were opened. */
async function paid(made: Made, test: (of: Workflows & Tools) => Promise<void>): Promise<void> {
  const of = order();
  const id = `order/${of.orderId}`;
  await withWorkflows(made.fakes, async (workflows) => {
    const handle = await workflows.start('fulfillOrder', [of], id);
    await handle.signal('paymentReported', 'inbox-1');
    const resolve = async (decision: object, incident?: string) =>
      handle.executeUpdate<string, [unknown]>('resolveIncident', {
        args: [{ incident: incident ?? (await openIncidentOf(handle)), actor: 'Sam', decision }],
      });
    const opened = () => made.calls.filter(({ name }) => name === 'openIncident');
    await test({
      ...workflows,
      handle,
      resolve,
      parked: async (times = 1) => workflows.until(() => opened().length >= times),
      pass: (ms) => workflows.advance(id, ms),
    });
  });
}
interface Tools {
  handle: Handle;
  resolve(decision: object, incident?: string): Promise<string>;
  parked(times?: number): Promise<void>;
  pass(ms: number): Promise<void>;
}
const inputs = ({ calls }: Made, activity: string) =>
  calls.filter(({ name }) => name === activity).map(({ input }) => input);
/** What a refused update was told. */
const told = async (update: Promise<unknown>): Promise<string> => {
  try {
    await update;
    return 'accepted';
  } catch (error) {
    return ((error as Error).cause as Error).message;
  }
};

describe('a step that waits for a person', () => {
  it('is kept through hours without the database, while it parks and while it goes on', async () => {
    let there = false;
    const books = () => {
      if (!there) throw away();
    };
    const made = smooth({ ensureAccount: [stop('NameTaken'), 'ready'], openIncident: books, closeIncident: books });
    await paid(made, async ({ handle, resolve, pass, until }) => {
      await until(() => made.did.includes('openIncident'));
      await pass(70 * MINUTE);
      const incident = await openIncidentOf(handle);
      there = true;
      await pass(MINUTE);
      there = false;
      expect(await resolve({ action: 'retry' }, incident)).toBe('retry accepted for account');
      await until(() => made.did.includes('closeIncident'));
      await pass(70 * MINUTE);
      there = true;
      await pass(MINUTE);
      expect(await handle.result()).toBe('active');
    });
  });

  it('goes on by itself also when nobody knows what it was', async () => {
    const unknown = ApplicationFailure.nonRetryable('relation "node" does not exist', 'Unexpected');
    const made = smooth({ ensureAccount: [unknown, stop('Unexpected'), 'ready'] });
    await paid(made, async ({ handle, parked, pass }) => {
      await parked();
      await pass(3 * MINUTE);
      expect(await handle.result()).toBe('active');
    });
  });

  it('SECR-02: parks at once on a secret that does not open, under a reason of its own, and goes on when it opens', async () => {
    const sealed = ApplicationFailure.create({ type: 'SealBroken', message: 'node.credentials of n does not open' });
    const made = smooth({ ensureAccount: [sealed, 'ready'] });
    await paid(made, async ({ handle, parked, pass }) => {
      await parked();
      expect(made.did.filter((name) => name === 'ensureAccount')).toHaveLength(1);
      expect(inputs(made, 'openIncident')).toMatchObject([
        { stop: { stop: 'SealBroken', message: 'node.credentials of n does not open' } },
      ]);
      await pass(2 * MINUTE);
      expect(await handle.result()).toBe('active');
    });
  });

  it('says the reason that stops it now, not the one that stopped it first', async () => {
    const made = smooth({ ensureAccount: [refused('maintenance'), stop('NameTaken'), 'ready'] });
    await paid(made, async ({ handle, parked, pass, resolve }) => {
      await parked();
      const first = await openIncidentOf(handle);
      await pass(2 * MINUTE);
      await parked(2);
      expect(inputs(made, 'openIncident').map((input) => (input['stop'] as { stop: string }).stop)).toEqual([
        'VendorRefused',
        'NameTaken',
      ]);
      expect(inputs(made, 'closeIncident')).toMatchObject([{ id: first, how: 'closed' }]);
      expect(await told(resolve({ action: 'retry' }, first))).toContain('is not open here');
      await resolve({ action: 'retry' });
      expect(await handle.result()).toBe('active');
    });
  });

  it('refuses a decision that could not be carried out, with a sentence, and still waits', async () => {
    const made = smooth({ ensureAccount: [stop('NameTaken'), 'ready'] });
    await paid(made, async ({ handle, parked, resolve }) => {
      await parked();
      const refusals: [decision: object, sentence: RegExp][] = [
        [{ action: 'retry', input: { nodeId: 'ams-1' } }, /is the id of a node, not its name/],
        [{ action: 'retry', input: { username: 'a\0b' } }, /`decision.input.username` is one line/],
        [{ action: 'retry', input: { packageId: '' } }, /`decision.input.packageId` is one line/],
        [{ action: 'retry', input: { username: 7 } }, /`decision.input.username` is one line/],
        [{ action: 'abort', note: 'left\0' }, /`decision.note` is a text/],
        [{ action: 'abort', note: 'x'.repeat(2_001) }, /`decision.note` is a text/],
        [{ action: 'abort' }, /`decision.note` is a text/],
      ];
      for (const [decision, sentence] of refusals) expect(await told(resolve(decision))).toMatch(sentence);
      await resolve({ action: 'retry', input: { username: 'ines' } });
      expect(await handle.result()).toBe('active');
    });
    expect(inputs(made, 'closeIncident')).toMatchObject([{ how: 'decided' }]);
  });

  it('keeps what a retry was given, but no package for another node', async () => {
    const made = smooth({
      ensureAccount: [stop('PackageMissing'), stop('NameTaken'), stop('NameTaken'), 'ready'],
    });
    await paid(made, async ({ handle, parked, resolve }) => {
      await parked();
      await resolve({ action: 'retry', input: { packageId: '7', username: 'ines' } });
      await parked(2);
      await resolve({ action: 'retry' });
      await parked(3);
      await resolve({ action: 'retry', input: { nodeId: NODE } });
      expect(await handle.result()).toBe('active');
    });
    expect(inputs(made, 'ensureAccount').map(({ packageId, username }) => ({ packageId, username }))).toEqual([
      {},
      { packageId: '7', username: 'ines' },
      { packageId: '7', username: 'ines' },
      { username: 'ines' },
    ]);
  });

  it('of placement chooses anew at a retry, whatever node an earlier one named', async () => {
    const made = smooth({ placeService: [stop('NoFreeNode'), stop('NoFreeNode'), { serviceId: 's', nodeId: 'n' }] });
    await paid(made, async ({ handle, parked, resolve }) => {
      await parked();
      await resolve({ action: 'retry', input: { nodeId: NODE } });
      await parked(2);
      await resolve({ action: 'retry' });
      expect(await handle.result()).toBe('active');
    });
    expect(inputs(made, 'placeService').map(({ nodeId }) => nodeId)).toEqual([undefined, NODE, undefined]);
  });

  it('parks again with what kept it from being skipped', async () => {
    const made = smooth({ bookPayment: [stop('PaymentMismatch'), stop('VendorRefused', 'no'), { state: 'paid' }] });
    await paid(made, async ({ handle, parked, resolve }) => {
      await parked();
      await resolve({ action: 'skip', note: 'close enough' });
      await parked(2);
      expect(inputs(made, 'bookPayment').map(({ accept }) => accept)).toEqual([false, true]);
      expect(inputs(made, 'openIncident')[1]).toMatchObject({ stop: { stop: 'VendorRefused', message: 'no' } });
      await resolve({ action: 'retry' });
      expect(await handle.result()).toBe('active');
    });
  });

  it('of payment looks again when the gateway has more to say', async () => {
    const made = smooth({ bookPayment: [stop('PaymentMismatch'), { state: 'paid' }] });
    await paid(made, async ({ handle, parked }) => {
      await parked();
      await handle.signal('paymentReported', 'inbox-2');
      expect(await handle.result()).toBe('active');
    });
    expect(inputs(made, 'closeIncident')).toMatchObject([{ how: 'healed' }]);
  });
});
