import { describe, expect, it } from '@jest/globals';
import { withWorkflows } from '../testing/harness.ts';
import { openIncidentOf, order, refused, smooth, stop } from '../testing/orders.ts';

const MINUTE = 60_000;
describe('an order', () => {
  it('becomes an account in six activities when nothing stands in its way', async () => {
    const { did, fakes } = smooth();
    const of = order();
    await withWorkflows(fakes, async ({ start, until, record }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await until(() => did.includes('openCheckout'));
      await handle.signal('paymentReported', 'inbox-1');
      expect(await handle.result()).toBe('active');
      await record(`order/${of.orderId}`, 'fulfillOrder/active');
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

  it('looks at once when staff have recorded a transfer', async () => {
    const { did, fakes } = smooth({ bookPayment: [{ state: 'pending' }, { state: 'paid' }] });
    const of = order();
    await withWorkflows(fakes, async ({ start, until, record }) => {
      const handle = await start('fulfillOrder', [of], `order/${of.orderId}`);
      await until(() => did.includes('openCheckout'));
      await handle.signal('paymentRecorded');
      await until(() => did.includes('bookPayment'));
      await handle.signal('paymentReported', 'inbox-1');
      expect(await handle.result()).toBe('active');
      await record(`order/${of.orderId}`, 'fulfillOrder/transfer-recorded');
    });
    expect(did.filter((name) => name === 'bookPayment')).toHaveLength(2);
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
      await record(`order/${of.orderId}`, 'fulfillOrder/parked-retried');
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
      await record(`order/${of.orderId}`, 'fulfillOrder/parked-aborted');
    });
    expect(did.slice(-5)).toEqual(['closeIncident', 'deleteAccount', 'undoBooks', 'sendRefund', 'settleEvents']);
  });
});
