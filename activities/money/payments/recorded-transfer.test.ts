import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settled } from '#activities/testing/fake-gateway.ts';
import { openPaymentsHarness, placedAt as asOf, type Shop } from '#activities/testing/payments-harness.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openPaymentsHarness('transfer');
}, 60_000);
afterAll(() => shop?.close());

const record = (orderId: string) =>
  shop.db.sql(`update "order" set wishes = '{"paymentReference":"TRX-7"}', payment_recorded_at = $2 where id = $1`, [
    orderId,
    new Date(asOf + 3_600_000),
  ]);
const gatewayOf = async (orderId: string) =>
  (await shop.db.sql<{ gateway: string }>('select gateway from "order" where id = $1', [orderId]))[0]!.gateway;
const stateOf = (page: string) => shop.gateway.pages.find(({ id }) => id === page)!.state;
const notBooked = [{ kind: 'duplicate_payment', text: expect.stringMatching(/^The transfer TRX-7, .* is not booked/) }];

describe('a transfer for an order that waits at a gateway', () => {
  it('is booked once, when the page is closed', async () => {
    const order = await shop.order();
    const page = await order.page();
    await record(order.orderId);
    for (let i = 0; i < 2; i += 1) expect(await order.look()).toEqual({ state: 'paid' });
    expect(stateOf(page)).toEqual({ state: 'expired' });
    expect(await order.attempts()).toEqual(['canceled', 'succeeded']);
    expect(await order.ledger()).toEqual({ 'gateway:recorded/staff': 2_900, invoices: -2_900 });
    expect([await order.status(), await gatewayOf(order.orderId)]).toEqual(['provisioning', 'recorded']);
    const paid = await shop.db.sql('select paid_at from payment where customer_id = $1', [order.customerId]);
    expect(paid).toEqual([{ paid_at: new Date(asOf + 3_600_000) }]);
    expect(await order.tasks()).toEqual([]);
  });

  it('gives way to a payment that was faster, and staff are told', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(), settled('pi_faster_than_transfer'));
    await record(order.orderId);
    expect(await order.look()).toEqual({ state: 'paid' });
    expect(await order.ledger()).toEqual({ 'gateway:stripe/main': 2_900, invoices: -2_900 });
    expect(await gatewayOf(order.orderId)).toBe('stripe');
    expect(await order.tasks()).toEqual(notBooked);
  });

  it('waits while a payment at the gateway is under way, and is booked when nothing comes of it', async () => {
    const order = await shop.order();
    const page = await order.page();
    shop.gateway.setPage(page, { state: 'pending', reason: 'sepa_debit' });
    await record(order.orderId);
    expect(await order.look()).toEqual({ state: 'pending' });
    expect(await order.ledger()).toEqual({});
    shop.gateway.setPage(page, { state: 'expired' });
    expect(await order.look()).toEqual({ state: 'paid' });
    expect(await order.ledger()).toEqual({ 'gateway:recorded/staff': 2_900, invoices: -2_900 });
  });

  it('needs no page at all, and no gateway that answers', async () => {
    const order = await shop.order();
    await record(order.orderId);
    const { length } = shop.gateway.pages;
    const opened = await shop.act.openCheckout({ orderId: order.orderId, number: 1, asOf });
    expect(opened).toEqual({ needsNoCheckout: true, number: 1 });
    expect(shop.gateway.pages).toHaveLength(length);
    expect(await order.look()).toEqual({ state: 'paid' });
  });

  it('keeps an order from being canceled as unpaid', async () => {
    const order = await shop.order();
    await order.page();
    await record(order.orderId);
    expect(await shop.act.cancelUnpaid({ orderId: order.orderId, because: 'unpaid for 7 days', asOf })).toBe('paid');
    expect(await order.look()).toEqual({ state: 'paid' });
    expect(await order.status()).toBe('provisioning');
  });

  it('is left to staff when the order is taken back before it was booked', async () => {
    const order = await shop.order();
    await order.page();
    await record(order.orderId);
    await order.undo();
    expect(await order.tasks()).toEqual(notBooked);
  });

  it('goes back by hand when the order is taken back afterwards', async () => {
    const order = await shop.order();
    await order.page();
    await record(order.orderId);
    await order.look();
    await order.undo();
    expect(await order.tasks()).toEqual([{ kind: 'refund_by_hand', text: expect.any(String) }]);
  });
});
