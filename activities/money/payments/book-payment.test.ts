import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settled } from '#activities/testing/fake-gateway.ts';
import { openPaymentsHarness, placedAt as asOf, type Shop } from '#activities/testing/payments-harness.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openPaymentsHarness('payments');
}, 60_000);
afterAll(() => shop?.close());

/** Holds the next look at the gateway back with the answer it has now. */
function heldLook() {
  const { settle } = shop.gateway;
  const isAsked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  shop.gateway.settle = async (checkout) => {
    shop.gateway.settle = settle;
    const state = await settle(checkout);
    isAsked.resolve();
    await answer.promise;
    return state;
  };
  return { isAsked: isAsked.promise, answer: answer.resolve };
}

describe('a payment page that closed with nobody paying', () => {
  it('is told as closed also by a repeat of the look, until there is a new one', async () => {
    const order = await shop.order();
    shop.gateway.setPage(await order.page(1), { state: 'expired' });
    for (let i = 0; i < 3; i += 1) expect(await order.look()).toEqual({ state: 'expired' });
    await order.page(2);
    for (let i = 0; i < 2; i += 1) expect(await order.look()).toEqual({ state: 'open' });
  });

  it('asks for no new one once the order is canceled', async () => {
    const order = await shop.order();
    shop.gateway.setPage(await order.page(1), { state: 'expired' });
    await order.look();
    await shop.act.cancelUnpaid({ orderId: order.orderId, because: 'unpaid for 7 days', asOf });
    expect(await order.look()).toEqual({ state: 'open' });
  });
});

describe('a look whose answer comes late', () => {
  it.each([
    ['expired', { state: 'expired' }],
    ['pending', { state: 'pending', reason: 'sepa_debit' }],
  ] as const)('that says %s changes nothing of a page that was paid meanwhile', async (_, state) => {
    const order = await shop.order();
    const page = await order.page();
    shop.gateway.setPage(page, state);
    const late = heldLook();
    const looking = order.look();
    await late.isAsked;
    shop.gateway.pay(page, settled(`pi_late_${state.state}`));
    expect(await order.look()).toEqual({ state: 'paid' });
    late.answer();
    await looking;
    expect(await order.attempts()).toEqual(['succeeded']);
    expect(await order.status()).toBe('provisioning');
  });
});

describe('the reminder of an open payment', () => {
  it('is not sent while a bank debit is on its way, and is again when it came to nothing', async () => {
    const order = await shop.order();
    const page = await order.page();
    const remind = async (ordinal: number) => {
      await shop.act.sendPaymentReminder({ orderId: order.orderId, ordinal, asOf });
      return (await shop.db.sql(`select 1 from notice where order_id = $1 and sent_at is not null`, [order.orderId]))
        .length;
    };
    shop.gateway.setPage(page, { state: 'pending', reason: 'sepa_debit' });
    expect(await order.look()).toEqual({ state: 'pending' });
    expect(await remind(1)).toBe(0);
    shop.gateway.setPage(page, { state: 'expired' });
    await order.look();
    expect(await remind(2)).toBe(1);
    expect(shop.mails.at(-1)).toContain(
      'over EUR 29.00 is still open. Unpaid, the order ends at 2026-11-28 10:00 UTC.',
    );
  });

  it('stands at its page again when the gateway gives back a payment that it had taken on', async () => {
    const order = await shop.order();
    const page = await order.page();
    const status = async () =>
      (
        await shop.db.sql<{ status: string }>(`select status from payment_attempt where order_id = $1`, [order.orderId])
      )[0]!.status;
    const before = await status();
    for (const then of [
      { state: 'open' },
      { state: 'declined', decline: { class: 'hard', code: 'x', message: 'no' } },
    ]) {
      shop.gateway.setPage(page, { state: 'pending', reason: 'review' });
      await order.look();
      expect(await status()).toBe('processing');
      shop.gateway.setPage(page, then as never);
      await order.look();
      expect(await status()).toBe(before);
    }
  });
});

describe('money that arrives while no workflow of the order is running', () => {
  const reported = async (page: string, paymentId: string) =>
    shop.settle({ subject: 'checkout', objectId: page, checkoutId: page, gatewayPaymentId: paymentId });

  it('pays the invoice, and staff hear once that nothing goes on with it', async () => {
    const order = await shop.order();
    const page = await order.page();
    shop.gateway.pay(page, settled('pi_alone', 2_900, { reference: await order.reference() }));
    for (let i = 0; i < 2; i += 1) expect(await reported(page, 'pi_alone')).toEqual({ refund: [] });
    expect(await order.status()).toBe('provisioning');
    expect(await order.tasks()).toEqual([
      {
        kind: 'unattended_payment',
        text: expect.stringMatching(
          new RegExp(
            `^EUR 29.00 arrived as pi_alone .* pays it, but the workflow order/${order.orderId} was not there`,
          ),
        ),
      },
    ]);
  });

  it('is a task also when it is another amount than is owed', async () => {
    const order = await shop.order();
    const page = await order.page();
    shop.gateway.pay(page, settled('pi_alone_less', 2_800, { reference: await order.reference() }));
    for (let i = 0; i < 2; i += 1) expect(await reported(page, 'pi_alone_less')).toEqual({ refund: [] });
    expect(await order.status()).toBe('awaiting_payment');
    expect(await order.tasks()).toEqual([
      { kind: 'unattended_payment', text: expect.stringContaining('of which EUR 29.00 is owed') },
    ]);
  });

  it('is no task when the order has booked it already', async () => {
    const order = await shop.order();
    const page = await order.page();
    shop.gateway.pay(page, settled('pi_attended'));
    await order.look();
    expect(await reported(page, 'pi_attended')).toEqual({ refund: [] });
    expect(await order.tasks()).toEqual([]);
  });
});

describe('a page that is approved after its invoice was settled by another', () => {
  it.each([
    { capturesApproved: true, booked: 1, because: 'looking at it would take money nobody owes' },
    { capturesApproved: false, booked: 2, because: 'the page has taken the money itself' },
  ])('is looked at, or not: $because', async ({ capturesApproved, booked }) => {
    const order = await shop.order();
    const [first, second] = [await order.page(1), await order.page(2)];
    const id = `pi_second_${capturesApproved}`;
    shop.gateway.pay(first, settled(`pi_first_${capturesApproved}`));
    await order.look();
    shop.gateway.pay(second, settled(id, 2_900, { reference: await order.reference() }));
    Object.assign(shop.gateway, { capturesApproved });
    await shop.settle({
      subject: 'checkout',
      objectId: second,
      checkoutId: second,
      attemptId: (await order.reference()).attemptId,
    });
    Object.assign(shop.gateway, { capturesApproved: false });
    expect(await shop.db.sql('select from payment where customer_id = $1', [order.customerId])).toHaveLength(booked);
  });
});
