import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from './testing/harness.ts';

const MINUTE = 60_000;
const order = () => ({ orderId: newId(), customerId: newId() });
/** An order that meets no obstacle; a test changes what it is about. */
const smooth = (change: Record<string, unknown> = {}) =>
  recorded({
    openCheckout: (input: { number: number }) => ({ needsNoCheckout: false, number: input.number }),
    bookPayment: { state: 'paid' },
    placeService: { serviceId: 'service-1', nodeId: 'node-1' },
    ensureAccount: 'ready',
    sendWelcome: undefined,
    activateService: { explained: [] },
    settleEvents: { refund: [] },
    sendRefund: undefined,
    sendPaymentReminder: undefined,
    cancelUnpaid: 'canceled',
    openIncident: undefined,
    closeIncident: undefined,
    deleteAccount: undefined,
    undoBooks: { refunds: ['refund-1'] },
    keepAsCredit: undefined,
    alertStaff: undefined,
    ...change,
  });

const stop = (reason: string, message = 'what, where, what next') => ({ stop: reason, message });
const refused = (message: string) => ApplicationFailure.nonRetryable(message, 'VendorRefused');

describe('an order', () => {
  it('becomes an account in six activities when nothing stands in its way', async () => {
    const { did, fakes } = smooth();
    const of = order();
    await withWorkflows(fakes, async ({ start, until, record }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await until(() => did.includes('openCheckout'));
      await handle.signal('paymentReported', 'inbox-1');
      expect(await handle.result()).toBe('active');
      await record(`order/${of.orderId}`, 'fulfillOrder-active');
    });
    expect(did).toEqual([
      'openCheckout',
      'bookPayment',
      'placeService',
      'ensureAccount',
      'sendWelcome',
      'activateService',
      'settleEvents',
    ]);
  });

  it('needs no further look when the event it was told of is explained by the booking', async () => {
    const { did, fakes } = smooth({
      activateService: (input: { inboxIds: string[] }) => ({ explained: input.inboxIds }),
    });
    const of = order();
    await withWorkflows(fakes, async ({ start, until }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await until(() => did.includes('openCheckout'));
      await handle.signal('paymentReported', 'inbox-1');
      expect(await handle.result()).toBe('active');
    });
    expect(did).toHaveLength(6);
  });

  it('finds a payment whose webhook was lost, after one minute', async () => {
    const { did, fakes } = smooth();
    const of = order();
    await withWorkflows(fakes, async ({ start, until, advance }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await until(() => did.includes('openCheckout'));
      await advance(`order/${of.orderId}`, MINUTE + 1_000);
      expect(await handle.result()).toBe('active');
    });
  });

  it('waits for a node and goes on by itself when one is free', async () => {
    const { did, fakes, calls } = smooth({
      placeService: [stop('NoFreeNode'), stop('NoFreeNode'), { serviceId: 's', nodeId: 'n' }],
    });
    const of = order();
    await withWorkflows(fakes, async ({ start, until, advance }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await handle.signal('paymentReported', 'inbox-1');
      await until(() => did.includes('openIncident'));
      await advance(`order/${of.orderId}`, 3 * MINUTE);
      expect(await handle.result()).toBe('active');
    });
    expect(calls.find(({ name }) => name === 'closeIncident')!.input).toMatchObject({ how: 'healed' });
  });

  it('parks on a refusal and tries again with what staff gave it', async () => {
    const { did, fakes, calls } = smooth({ ensureAccount: [refused('ams-1: no such package 7'), 'ready'] });
    const of = order();
    await withWorkflows(fakes, async ({ start, until, record }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await handle.signal('paymentReported', 'inbox-1');
      await until(() => did.includes('openIncident'));
      const opened = calls.find(({ name }) => name === 'openIncident')!.input as {
        id: string;
        stop: { message: string };
      };
      expect(opened.stop.message).toBe('ams-1: no such package 7');
      const resolve = (incident: string, decision: object) =>
        handle.executeUpdate('resolveIncident', { args: [{ incident, actor: 'sam', decision }] });
      await expect(resolve('another', { action: 'retry' })).rejects.toThrow();
      await expect(resolve(opened.id, { action: 'retry', input: { price: '1' } })).rejects.toThrow();
      expect(await resolve(opened.id, { action: 'retry', input: { packageId: '4' } })).toBe(
        'retry accepted for account',
      );
      expect(await handle.result()).toBe('active');
      await record(`order/${of.orderId}`, 'fulfillOrder-parked-retried');
    });
    expect(calls.filter(({ name }) => name === 'ensureAccount')[1]!.input).toMatchObject({ packageId: '4' });
  });

  it('is undone when staff abort: account, books, money', async () => {
    const { did, fakes } = smooth({ ensureAccount: stop('NameTaken') });
    const of = order();
    await withWorkflows(fakes, async ({ start, until, record }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await handle.signal('paymentReported', 'inbox-1');
      await until(() => did.includes('openIncident'));
      const incident = await openIncidentOf(handle);
      await handle.executeUpdate('resolveIncident', {
        args: [{ incident, actor: 'sam', decision: { action: 'abort', note: 'customer asked' } }],
      });
      expect(await handle.result()).toBe('refunded');
      await record(`order/${of.orderId}`, 'fulfillOrder-parked-aborted');
    });
    expect(did.slice(-5)).toEqual(['closeIncident', 'deleteAccount', 'undoBooks', 'sendRefund', 'settleEvents']);
  });
});

/** The id from the current details, as staff read it in the Temporal UI. */
async function openIncidentOf(handle: { query(name: string): Promise<unknown> }): Promise<string> {
  const metadata = (await handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
  return /"incident": "([^"]+)"/.exec(metadata.currentDetails ?? '')![1]!;
}
