import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settled } from '#activities/testing/fake-gateway.ts';
import { openPaymentsHarness, placedAt as asOf, type Shop } from '#activities/testing/payments-harness.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openPaymentsHarness('checkout');
}, 60_000);
afterAll(() => shop?.close());

const cancel = (orderId: string) => shop.act.cancelUnpaid({ orderId, because: 'unpaid for 7 days', asOf });

describe('an order that nobody paid', () => {
  it('is canceled once, also when it is asked for at once: page closed, invoice void, one entry in the audit', async () => {
    const order = await shop.order();
    const page = await order.page();
    expect(await Promise.all([1, 2, 3].map(() => cancel(order.orderId)))).toEqual(Array(3).fill('canceled'));
    expect(await order.status()).toBe('canceled');
    expect(await order.attempts()).toEqual(['canceled']);
    expect(shop.gateway.pages.find(({ id }) => id === page)!.state).toEqual({ state: 'expired' });
    expect(
      await shop.db.sql(`select 1 from audit_entry where object_id = $1 and action = 'order.canceled'`, [
        order.orderId,
      ]),
    ).toHaveLength(1);
  });

  it('goes on when the customer was faster, and none of its pages stays open', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(1), settled('pi_faster'));
    await shop.db.sql(`update payment_attempt set status = 'requires_action' where order_id = $1`, [order.orderId]);
    const second = await order.page(2);
    expect(await cancel(order.orderId)).toBe('paid');
    expect(await order.status()).toBe('provisioning');
    expect(shop.gateway.pages.find(({ id }) => id === second)!.state).toEqual({ state: 'expired' });
  });

  it('is not canceled when another amount than is owed arrived: the look-up parks, and staff decide', async () => {
    const order = await shop.order();
    shop.gateway.pay(await order.page(), settled('pi_less', 2_800));
    for (let i = 0; i < 2; i += 1) {
      expect(await cancel(order.orderId)).toBe('paid');
      expect(await order.look()).toMatchObject({ stop: 'PaymentMismatch' });
    }
    expect(await order.status()).toBe('awaiting_payment');
    expect(await order.ledger()).toEqual({ 'gateway:stripe/main': 2_800, credit_balance: -2_800 });
    expect(await order.look({ accept: true })).toEqual({ state: 'paid' });
    expect(await order.ledger()).toEqual({ 'gateway:stripe/main': 2_800, invoices: -2_800 });
  });

  it('is not canceled while money is on its way', async () => {
    const order = await shop.order();
    shop.gateway.setPage(await order.page(), { state: 'pending', reason: 'sepa_debit' });
    expect(await cancel(order.orderId)).toMatchObject({ stop: 'OutcomeUnknown' });
    expect(await order.status()).toBe('awaiting_payment');
  });
});

describe('a rest that the gateway does not take', () => {
  const leave = async (orderId: string, minor: number) =>
    void (await shop.db.sql(
      `update invoice set credited_minor = total_minor - $2::bigint where order_id = $1 and kind = 'initial'`,
      [orderId, minor],
    ));
  const invoice = async (orderId: string) =>
    (await shop.db.sql('select status, due_minor::int as due from invoice where order_id = $1', [orderId]))[0];

  it('is given up below 1.00, once, and the order goes on without the gateway', async () => {
    const order = await shop.order();
    await leave(order.orderId, 49);
    const { length } = shop.gateway.pages;
    for (let i = 0; i < 2; i += 1) {
      const opened = await shop.act.openCheckout({ orderId: order.orderId, number: 1, asOf });
      expect(opened).toEqual({ needsNoCheckout: true, number: 1 });
    }
    expect(shop.gateway.pages).toHaveLength(length);
    expect(await invoice(order.orderId)).toEqual({ status: 'paid', due: 0 });
    expect(await order.look()).toEqual({ state: 'paid' });
    expect(await order.status()).toBe('provisioning');
    const notes = 'select total_minor::int as total from credit_note where customer_id = $1';
    expect(await shop.db.sql(notes, [order.customerId])).toEqual([{ total: 49 }]);
  });

  it('opens a page from the least on', async () => {
    const order = await shop.order();
    await leave(order.orderId, 50);
    await order.page();
    expect(await order.attempts()).toEqual(['requires_action']);
  });
});

it('a payment that was reviewed and declined offers nobody its page, and the next one knows which came before', async () => {
  const order = await shop.order();
  const offered = async () =>
    (await shop.db.sql<{ url: string }>('select checkout_url as url from "order" where id = $1', [order.orderId]))[0]!
      .url;
  const { checkout } = shop.gateway;
  const seen: unknown[] = [];
  shop.gateway.checkout = (request) => {
    seen.push([request.number, request.previousCheckoutId]);
    return checkout(request);
  };
  const first = await order.page();
  expect(await offered()).toContain(first);
  shop.gateway.setPage(first, { state: 'pending', reason: 'PENDING_REVIEW' });
  await order.look();
  const decline = { class: 'soft', code: 'DECLINED', message: 'Please choose another way to pay.' } as const;
  shop.gateway.setPage(first, { state: 'expired', decline });
  expect(await order.look()).toEqual({ state: 'expired' });
  expect(await offered()).toBeNull();
  const second = await order.page(2);
  shop.gateway.checkout = checkout;
  expect(await offered()).toContain(second);
  expect(seen).toEqual([
    [1, undefined],
    [2, first],
  ]);
});

it('tells the gateway at a second page that the customer had one before', async () => {
  const order = await shop.order();
  const { checkout } = shop.gateway;
  const seen: unknown[] = [];
  shop.gateway.checkout = (request) => {
    seen.push(request.customer.seenBefore);
    return checkout(request);
  };
  await order.page(1);
  await shop.db.sql(`update payment_attempt set status = 'canceled' where order_id = $1`, [order.orderId]);
  await order.page(2);
  shop.gateway.checkout = checkout;
  expect(seen).toEqual([false, true]);
});
