import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';
import { openIncidentOf, order, smooth, stop } from '../testing/orders.ts';

const HOUR = 3_600_000;
type Handle = { query(name: string): Promise<unknown> };
const detailsOf = async (handle: Handle) =>
  ((await handle.query('__temporal_workflow_metadata')) as { currentDetails?: string }).currentDetails ?? '';
const resolve = async (
  handle: Handle & { executeUpdate(name: 'resolveIncident', options: { args: [unknown] }): Promise<unknown> },
  decision: object,
) =>
  handle.executeUpdate('resolveIncident', {
    args: [{ incident: await openIncidentOf(handle), actor: 'Sam', decision }],
  });
const reasons = ({ calls }: ReturnType<typeof smooth>) =>
  calls
    .filter(({ name }) => name === 'openIncident')
    .map(({ input }) => [(input['step'] as { name: string }).name, (input['stop'] as { stop: string }).stop]);

describe('a cancellation asked for in the Temporal UI', () => {
  it('of an order that waits for its payment asks staff, and an abort undoes it', async () => {
    const made = smooth({ bookPayment: { state: 'open' } });
    const of = order();
    const id = `order/${of.orderId}`;
    await withWorkflows(made.fakes, async ({ start, until, record }) => {
      const handle = await start('fulfillOrder', [of], id);
      await until(() => made.did.includes('openCheckout'));
      await handle.cancel();
      await until(() => made.did.includes('openIncident'));
      // What is told meanwhile does not decide it.
      await handle.signal('paymentReported', 'inbox-1');
      await resolve(handle, { action: 'abort', note: 'ordered by mistake' });
      expect(await handle.result()).toBe('refunded');
      await record(id, 'fulfillOrder/cancel-asked');
    });
    expect(reasons(made)).toEqual([['cancellation', 'CancelAsked']]);
    expect(made.did).toContain('undoBooks');
  });

  it('of an order that is at work cuts nothing off, asks before the next step, and a retry goes on', async () => {
    let finish = () => {};
    const under = new Promise<void>((done) => (finish = done));
    const made = smooth({
      ensureAccount: async () => {
        await under;
        return 'ready';
      },
    });
    const of = order();
    await withWorkflows(made.fakes, async ({ start, until }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await handle.signal('paymentReported', 'inbox-1');
      await until(() => made.did.includes('ensureAccount'));
      await handle.cancel();
      await until(async () => (await detailsOf(handle)).includes('Asked to be cancelled'));
      finish();
      await until(() => made.did.includes('openIncident'));
      expect(made.did).not.toContain('sendWelcome');
      await resolve(handle, { action: 'retry' });
      expect(await handle.result()).toBe('active');
    });
    expect(reasons(made)).toEqual([['cancellation', 'CancelAsked']]);
  });

  it('of an order that is parked leaves it to the decision that is asked for anyway', async () => {
    const made = smooth({ ensureAccount: [stop('NameTaken'), 'ready'] });
    const of = order();
    await withWorkflows(made.fakes, async ({ start, until }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await handle.signal('paymentReported', 'inbox-1');
      await until(() => made.did.includes('openIncident'));
      await handle.cancel();
      await resolve(handle, { action: 'retry' });
      expect(await handle.result()).toBe('active');
    });
    expect(reasons(made)).toEqual([['account', 'NameTaken']]);
  });

  it('of money under way changes nothing: it is settled', async () => {
    const made = recorded({
      settleEvents: [stop('VendorUnavailable'), { refund: [] }],
      openIncident: undefined,
      closeIncident: undefined,
    });
    const id = `settlement/${newId()}`;
    await withWorkflows(made.fakes, async ({ start, until, advance }) => {
      const handle = await start('settlePayment', [{ inboxId: newId() }], id);
      await until(() => made.did.includes('openIncident'));
      await handle.cancel();
      await advance(id, HOUR);
      expect(await handle.result()).toBe('settled');
    });
  });

  it('of the keeper of a subscription changes nothing: what is due is announced', async () => {
    const made = recorded({ announceDueAction: { ended: true } });
    const subscriptionId = newId();
    const nextActionAtMs = Date.now() + HOUR;
    const kept = { subscriptionId, customerId: newId(), serviceId: newId(), nextAction: 'renew', nextActionAtMs };
    const id = `subscription/${subscriptionId}`;
    await withWorkflows(made.fakes, async ({ start, until, advance, record }) => {
      const handle = await start('keepSubscription', [kept], id);
      await handle.cancel();
      await until(async () => (await detailsOf(handle)).includes('This keeper goes on'));
      await advance(id, 2 * HOUR);
      expect(await handle.result()).toBe('ended');
      await record(id, 'keepSubscription/cancel-asked');
    });
    expect(made.did).toEqual(['announceDueAction']);
  });
});
