import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settled } from '../testing/fake-gateway.ts';
import { openPaymentsHarness, placedAt as asOf, PRICE, type Shop } from '../testing/payments-harness.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openPaymentsHarness('undo');
}, 60_000);
afterAll(() => shop?.close());

/** Sends what an abort has to carry out. @returns how many */
async function sendAll(undone: Awaited<ReturnType<Shop['act']['undoBooks']>>): Promise<number> {
  if ('stop' in undone) throw new Error(undone.message);
  for (const refundId of undone.refunds) await shop.act.sendRefund({ refundId, asOf });
  return undone.refunds.length;
}
const creditNotes = async (customerId: string) =>
  (await shop.db.sql(`select 1 from credit_note where customer_id = $1`, [customerId])).length;
const invoice = async (orderId: string) =>
  (await shop.db.sql<{ status: string }>(`select status from invoice where order_id = $1`, [orderId]))[0]!.status;

describe('an order that is taken back', () => {
  it.each([
    ['too little', 2_800, 'EUR'],
    ['too much', 5_000, 'EUR'],
    ['another currency', PRICE, 'USD'],
  ])(
    'gives back what arrived for it when it is %s; its invoice is void and needs no paper',
    async (_, minor, currency) => {
      const order = await shop.order();
      shop.gateway.pay(await order.page(), settled(`pi_${minor}${currency}`, minor, { currency }));
      expect(await order.look()).toMatchObject({ stop: 'PaymentMismatch' });
      const undone = await order.undo();
      expect(await order.undo()).toEqual(undone);
      expect(await sendAll(undone)).toBe(1);
      expect(await order.ledger()).toEqual({});
      expect(await order.status()).toBe('refunded');
      expect(await order.story()).toEqual(expect.arrayContaining(['canceled', 'refunded']));
      expect(await invoice(order.orderId)).toBe('void');
      expect(await creditNotes(order.customerId)).toBe(0);
      expect(await order.undo()).toEqual({ refunds: [] });
    },
  );

  it('gives back a payment of another amount that is seen first when its page is closed', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(), settled('pi_seen_by_abort', 2_800));
    expect(await sendAll(await order.undo())).toBe(1);
    expect(await order.ledger()).toEqual({});
    expect(await invoice(order.orderId)).toBe('void');
  });

  it('gives back what paid it, with a credit note, and what staff accepted too much of stays credit', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(), settled('pi_accepted', 5_000));
    expect(await order.look({ accept: true })).toEqual({ state: 'paid' });
    expect(await sendAll(await order.undo())).toBe(1);
    expect(await order.ledger()).toEqual({ 'gateway:stripe/main': 2_100, credit_balance: -2_100 });
    expect(await creditNotes(order.customerId)).toBe(1);
  });

  it('gives back a second payment that is found when its page is closed', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(1), settled('pi_first'));
    await shop.db.sql(`update payment_attempt set status = 'requires_action' where order_id = $1`, [order.orderId]);
    shop.gateway.pay(await order.page(2), settled('pi_second'));
    expect(await order.look()).toEqual({ state: 'paid' });
    const undone = await order.undo();
    expect(await order.undo()).toEqual(undone);
    expect(await sendAll(undone)).toBe(2);
    expect(await order.ledger()).toEqual({});
    expect(await order.status()).toBe('refunded');
    expect(await creditNotes(order.customerId)).toBe(1);
  });

  it('gives back a second payment that had come too late to go back by itself', async () => {
    const order = await shop.order();
    const page = await order.page(1);
    shop.gateway.pay(page, settled('pi_in_time'));
    await order.look();
    await shop.db.sql(`update payment set booked_at = booked_at - interval '2 days' where customer_id = $1`, [
      order.customerId,
    ]);
    const [attempt] = await shop.db.sql<{ id: string }>(`select id from payment_attempt where order_id = $1`, [
      order.orderId,
    ]);
    shop.gateway.find = () => Promise.resolve(settled('pi_days_later'));
    await shop.settle({
      subject: 'payment',
      objectId: 'pi_days_later',
      gatewayPaymentId: 'pi_days_later',
      attemptId: attempt!.id,
    });
    expect(await order.ledger()).toMatchObject({ credit_balance: -PRICE });
    expect(await sendAll(await order.undo())).toBe(2);
    expect(await order.ledger()).toEqual({});
  });

  it('leaves as credit what staff decided to keep so', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(), settled('pi_kept', 2_800));
    await order.look();
    const undone = await order.undo();
    if ('stop' in undone) throw new Error(undone.message);
    await shop.act.keepAsCredit({ refundId: undone.refunds[0]!, asOf });
    expect(await order.undo()).toEqual({ refunds: [] });
    expect(await order.ledger()).toEqual({ 'gateway:stripe/main': 2_800, credit_balance: -2_800 });
  });

  it('asks staff to send back what came outside a gateway, once', async () => {
    const order = await shop.order('recorded');
    expect(await order.look()).toEqual({ state: 'paid' });
    for (let i = 0; i < 2; i += 1) expect(await order.undo()).toEqual({ refunds: [] });
    expect(await order.tasks()).toEqual([
      { kind: 'refund_by_hand', text: expect.stringMatching(/^EUR 29\.00 .*credit note CN-.*Send the amount back/) },
    ]);
    expect(await order.ledger()).toMatchObject({ credit_balance: -PRICE });
  });

  it('waits while money is on its way', async () => {
    const order = await shop.order();
    shop.gateway.setPage(await order.page(), { state: 'pending', reason: 'sepa_debit' });
    expect(await order.undo()).toMatchObject({ stop: 'OutcomeUnknown' });
    expect(await order.status()).toBe('awaiting_payment');
  });
});
