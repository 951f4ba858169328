import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { settled } from '#activities/testing/fake-gateway.ts';
import {
  openPaymentsHarness,
  placedAt as asOf,
  PRICE,
  type Shop,
  type TestOrder,
} from '#activities/testing/payments-harness.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openPaymentsHarness('refunds');
}, 60_000);
afterAll(() => shop?.close());
beforeEach(() => {
  shop.gateway.refundsAre = 'refunded';
});

let payments = 0;
/** A paid order that was taken back; its money is to be sent. */
async function takenBack() {
  const paymentId = `pi_refunds_${(payments += 1)}`;
  const order = await shop.order();
  shop.gateway.pay(await order.page(), settled(paymentId));
  await order.look();
  const undone = await order.undo();
  if ('stop' in undone) throw new Error(undone.message);
  const refundId = undone.refunds[0]!;
  const send = (again = false) => shop.act.sendRefund({ refundId, again, asOf });
  const made = () => shop.gateway.made.filter((refund) => refund.refundId === refundId);
  const heard = (type: string, objectId = made().at(-1)!.gatewayRefundId) =>
    shop.settle({ subject: 'refund', objectId, type, gatewayPaymentId: paymentId });
  return { ...order, paymentId, refundId, send, made, heard };
}

const BACK = {};
const CREDIT = { 'gateway:stripe/main': PRICE, credit_balance: -PRICE };
const books = async (order: TestOrder) => ({
  refund: (await order.refunds()).map(({ status }) => status),
  order: await order.status(),
  ledger: await order.ledger(),
});
const resends = (refundId: string) =>
  shop.db.sql<{ name: string; workflow_id: string; args: unknown }>(
    `select name, workflow_id, args from command_outbox where workflow_id like $1`,
    [`refund/${refundId}/%`],
  );

describe('a refund', () => {
  it('is sent once however often it is asked for', async () => {
    const order = await takenBack();
    for (let i = 0; i < 3; i += 1) expect(await order.send()).toBeUndefined();
    await Promise.all([order.send(), order.send(true), order.send()]);
    expect(order.made()).toHaveLength(1);
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
    expect(await order.tasks()).toEqual([]);
  });

  it('that was pending is done when the gateway says so', async () => {
    shop.gateway.refundsAre = 'pending';
    const order = await takenBack();
    await order.send();
    expect(await books(order)).toEqual({ refund: ['pending'], order: 'refunded', ledger: BACK });
    Object.assign(order.made()[0]!, { outcome: 'refunded' });
    await order.heard('refund.updated');
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
  });

  it('is known as ours when its event is faster than our record of it', async () => {
    const order = await takenBack();
    const send = shop.gateway.refund;
    shop.gateway.refund = async (request) => {
      const answer = await send(request);
      await order.heard('refund.created');
      return answer;
    };
    await order.send().finally(() => Object.assign(shop.gateway, { refund: send }));
    expect(await order.tasks()).toEqual([]);
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
  });

  it('that staff made at the gateway is a task', async () => {
    const order = await takenBack();
    await order.heard('refund.created', 're_by_hand');
    expect(await order.tasks()).toEqual([{ kind: 'external_refund', text: expect.stringContaining('re_by_hand') }]);
    expect(await books(order)).toEqual({ refund: ['requested'], order: 'canceled', ledger: CREDIT });
  });
});

describe.each(['refunded', 'pending'] as const)('a refund that fails after it was %s', (first) => {
  const failed = async () => {
    shop.gateway.refundsAre = first;
    const order = await takenBack();
    await order.send();
    shop.gateway.failRefund(order.made()[0]!.gatewayRefundId);
    return order;
  };

  it('is credit again, and a workflow of its own asks staff; however often it is told', async () => {
    const order = await failed();
    await Promise.all([order.heard('refund.updated'), order.heard('refund.failed')]);
    await order.heard('refund.updated');
    expect(await books(order)).toEqual({ refund: ['failed'], order: 'canceled', ledger: CREDIT });
    expect(await order.tasks()).toEqual([]);
    expect(await order.story()).toEqual(expect.arrayContaining(['refunded', 'refund_failed']));
    expect(await resends(order.refundId)).toEqual([
      {
        name: 'resendRefund',
        workflow_id: `refund/${order.refundId}/1`,
        args: [{ refundId: order.refundId, customerId: order.customerId, orderId: order.orderId }],
      },
    ]);
    const [payment] = await shop.db.sql(`select refunded_minor from payment where gateway_payment_id = $1`, [
      order.paymentId,
    ]);
    expect(payment).toEqual({ refunded_minor: '0' });
  });

  it('is not sent again by itself, and says why it failed', async () => {
    const order = await failed();
    await order.heard('refund.failed');
    for (let i = 0; i < 2; i += 1)
      expect(await order.send()).toMatchObject({
        stop: 'RefundFailed',
        message: expect.stringMatching(/expired_or_canceled_card.*credit of the customer/),
      });
    expect(order.made()).toHaveLength(1);
    expect(await books(order)).toEqual({ refund: ['failed'], order: 'canceled', ledger: CREDIT });
  });

  it('is sent again under a new key when staff decide so, and may fail again', async () => {
    const order = await failed();
    await order.heard('refund.failed');
    shop.gateway.refundsAre = 'refunded';
    for (let i = 0; i < 3; i += 1) expect(await order.send(i === 0)).toBeUndefined();
    expect(order.made().map(({ key }) => key)).toEqual([`re:${order.refundId}`, `re:${order.refundId}:2`]);
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
    // What is still told of the first try changes nothing.
    await order.heard('refund.failed', order.made()[0]!.gatewayRefundId);
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });

    shop.gateway.failRefund(order.made()[1]!.gatewayRefundId);
    await order.heard('refund.failed');
    expect(await books(order)).toEqual({ refund: ['failed'], order: 'canceled', ledger: CREDIT });
    expect((await resends(order.refundId)).map((row) => row.workflow_id)).toEqual([
      `refund/${order.refundId}/1`,
      `refund/${order.refundId}/2`,
    ]);
    expect(await order.tasks()).toEqual([]);
  });

  it('stays credit when staff keep it, with a task', async () => {
    const order = await failed();
    await order.heard('refund.failed');
    for (let i = 0; i < 2; i += 1) await shop.act.keepAsCredit({ refundId: order.refundId, asOf });
    expect(await order.tasks()).toEqual([{ kind: 'refund_kept_as_credit', text: expect.any(String) }]);
    expect(await books(order)).toEqual({ refund: ['canceled'], order: 'canceled', ledger: CREDIT });
  });

  it('and is seen so by the step that sends it is parked there, and nowhere else', async () => {
    shop.gateway.refundsAre = first;
    const order = await takenBack();
    const send = shop.gateway.refund;
    shop.gateway.refund = async (request) => {
      shop.gateway.refund = send;
      await order.send();
      shop.gateway.failRefund(order.made()[0]!.gatewayRefundId);
      return send(request);
    };
    expect(await order.send()).toMatchObject({ stop: 'RefundFailed' });
    await order.heard('refund.failed');
    expect(await books(order)).toEqual({ refund: ['failed'], order: 'canceled', ledger: CREDIT });
    expect(await resends(order.refundId)).toEqual([]);
  });
});

describe('a refund that the gateway refuses', () => {
  it('parks, and each decision to send it again is a request of its own', async () => {
    shop.gateway.refundsAre = 'refused';
    const order = await takenBack();
    const keys: string[] = [];
    const send = shop.gateway.refund;
    shop.gateway.refund = (request) => {
      keys.push(request.key);
      return send(request);
    };
    try {
      for (const again of [false, false, true, false, true])
        expect(await order.send(again)).toMatchObject({ stop: 'RefundFailed' });
      shop.gateway.refundsAre = 'refunded';
      expect(await order.send(true)).toBeUndefined();
    } finally {
      shop.gateway.refund = send;
    }
    expect(keys).toEqual(['', ':2', ':3', ':4'].map((end) => `re:${order.refundId}${end}`));
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
  });
});

describe('keeping a refund as credit', () => {
  /** A refund under way: it is made at the gateway, and its answer not here yet. */
  const underWay = async () => {
    const order = await takenBack();
    const answer = Promise.withResolvers<void>();
    const isMade = Promise.withResolvers<void>();
    const send = shop.gateway.refund;
    shop.gateway.refund = async (request) => {
      const made = await send(request);
      isMade.resolve();
      await answer.promise;
      return made;
    };
    const sending = order.send();
    await isMade.promise;
    shop.gateway.refund = send;
    const arrive = async () => {
      answer.resolve();
      await sending;
    };
    return { ...order, arrive };
  };

  it('finds that the gateway has made it', async () => {
    const order = await underWay();
    await shop.act.keepAsCredit({ refundId: order.refundId, asOf });
    await order.arrive();
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
    expect(await order.tasks()).toEqual([]);
  });

  it('is overtaken by a refund that nobody could see yet, and staff hear of it', async () => {
    const order = await underWay();
    const { findRefunds } = shop.gateway;
    shop.gateway.findRefunds = () => Promise.resolve([]);
    await shop.act.keepAsCredit({ refundId: order.refundId, asOf });
    shop.gateway.findRefunds = findRefunds;
    expect(await books(order)).toEqual({ refund: ['canceled'], order: 'canceled', ledger: CREDIT });
    await order.arrive();
    expect(await books(order)).toEqual({ refund: ['succeeded'], order: 'refunded', ledger: BACK });
    expect((await order.tasks()).map(({ kind }) => kind)).toEqual(['refund_kept_as_credit', 'refunded_after_all']);
  });

  it.each(['VendorUnauthorized', 'VendorRefused'])('needs no gateway that answers %s', async (name) => {
    const order = await takenBack();
    const { findRefunds } = shop.gateway;
    shop.gateway.findRefunds = () => Promise.reject(Object.assign(new Error('no'), { name }));
    await shop.act
      .keepAsCredit({ refundId: order.refundId, asOf })
      .finally(() => Object.assign(shop.gateway, { findRefunds }));
    expect(await books(order)).toEqual({ refund: ['canceled'], order: 'canceled', ledger: CREDIT });
  });

  it('waits for a gateway that does not answer', async () => {
    const order = await takenBack();
    const { findRefunds } = shop.gateway;
    shop.gateway.findRefunds = () => Promise.reject(Object.assign(new Error('away'), { name: 'VendorUnavailable' }));
    await expect(
      shop.act
        .keepAsCredit({ refundId: order.refundId, asOf })
        .finally(() => Object.assign(shop.gateway, { findRefunds })),
    ).rejects.toThrow('away');
    expect((await order.refunds()).map(({ status }) => status)).toEqual(['requested']);
  });
});
