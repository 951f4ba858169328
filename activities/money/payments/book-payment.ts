import { describeMoney } from '#domain/money/money.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { Invoice, Order, Payment, PaymentAttempt, WebhookInbox } from '#db/entities/index.ts';
import { type Em, inTransaction } from '#db/orm.ts';
import { claimAttempt, ENDED_ATTEMPT } from '../checkout/attempts.ts';
import { bookSettled, explain, type Booked } from './booking.ts';
import { noteFact } from '../refunds/gateway-reports.ts';
import type { CheckoutState, SettledPayment } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { atGateway, label } from '#activities/where.ts';

export interface PaymentToBook {
  orderId: string;
  /** Inbox rows the workflow was told of; each is explained by what the gateway answers now. */
  inboxIds: string[];
  /** Staff accept an amount that does not match. */
  accept: boolean;
  note?: string | undefined;
  asOf: number;
}

export type PaymentState = { state: 'paid' | 'open' | 'pending' | 'expired' | 'declined' };

export const createPaymentActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => {
  const zone = settings.billingZone;
  /** Asks the gateway how a try stands; an approved one is captured. */
  const settle = (attempt: PaymentAttempt): Promise<CheckoutState> =>
    atGateway(attempt.gateway, () =>
      gateways.of(attempt.gateway).settle({
        checkoutId: attempt.checkoutId!,
        key: attempt.key,
        env: settings.env,
        invoiceId: attempt.invoiceId,
        attemptId: attempt.id,
      }),
    );

  return {
    /**
     * Looks at every open try of an order at its gateway and books what arrived. The redirect and the webhook are
     * only reasons to look; what is booked is what the gateway says now.
     */
    async bookPayment({ orderId, inboxIds, accept, asOf }: PaymentToBook): Promise<PaymentState | Stop> {
      const em = orm.em.fork();
      const order = await em.findOneOrFail(Order, orderId);
      const invoice = await em.findOneOrFail(Invoice, { orderId, kind: 'initial' });
      if (invoice.status === 'paid') return await paid(inboxIds, order, asOf);
      if (order.gateway === 'recorded') {
        const attempt = await claimAttempt(orm, {
          order,
          invoice,
          number: 1,
          env: settings.env,
          account: 'staff',
          asOf,
        });
        await bookSettled(orm, {
          ...source(attempt),
          payment: recordedPayment(order),
          attemptId: attempt.id,
          accept: false,
          zone,
          asOf,
        });
        return await paid(inboxIds, order, asOf);
      }
      const pages = await em.find(PaymentAttempt, { orderId, kind: 'hosted' }, { orderBy: { number: 'desc' } });
      const [newest] = pages;
      // An earlier run found it closed, and its answer may be lost: the customer still needs a new page.
      const isOver = newest?.status === 'canceled' && invoice.status === 'open';
      let latest: CheckoutState['state'] = isOver ? 'expired' : 'open';
      for (const attempt of pages) {
        if (!attempt.checkoutId || attempt.status === 'succeeded' || attempt.status === 'canceled') continue;
        const state = await settle(attempt);
        if (attempt === newest) latest = state.state;
        if (state.state === 'paid') {
          const booked = await bookSettled(orm, {
            ...source(attempt),
            payment: state.payment,
            attemptId: attempt.id,
            accept,
            zone,
            inboxIds,
            asOf,
          });
          if (booked.outcome === 'allocated') return { state: 'paid' };
          if (booked.outcome === 'mismatch') return mismatch(attempt, state.payment, booked);
          continue;
        }
        await inTransaction(orm, (tx) => follow(tx, attempt, state, new Date(asOf)));
      }
      await markTold(inboxIds);
      return { state: latest };
    },

    /**
     * Explains gateway events nobody waits for: books late or second money by its own reference, and turns refunds
     * and disputes made at the gateway into tasks.
     * @returns refunds to send
     */
    async settleEvents({ inboxIds, asOf }: { inboxIds: string[]; asOf: number }): Promise<{ refund: string[] } | Stop> {
      const refund: string[] = [];
      const rows = await orm.em.fork().find(WebhookInbox, { id: { $in: inboxIds } });
      for (const row of rows) {
        if (row.subject === 'refund' || row.subject === 'dispute')
          await noteFact({ orm, gateways, settings }, row, new Date(asOf));
        const settled = await moneyOf(row);
        if (settled) {
          const booked = await bookSettled(orm, {
            gateway: row.gateway,
            account: row.account,
            payment: settled,
            attemptId: row.attemptId ?? null,
            accept: false,
            unattended: true,
            zone,
            asOf,
          });
          if (booked.outcome === 'duplicate' && booked.refundId) refund.push(booked.refundId);
        }
        await markTold([row.id]);
      }
      return { refund };
    },
  };

  async function paid(inboxIds: string[], order: Order, asOf: number): Promise<PaymentState> {
    await inTransaction(orm, async (em) => {
      // An order with nothing to pay was never moved on by a payment.
      if (order.status === 'awaiting_payment') {
        await em.nativeUpdate(
          Order,
          { id: order.id, status: 'awaiting_payment' },
          { status: 'provisioning', paidAt: new Date(asOf) },
        );
      }
      await explain(em, inboxIds);
    });
    return { state: 'paid' };
  }

  async function markTold(inboxIds: string[]): Promise<void> {
    await explain(orm.em.fork(), inboxIds);
  }

  /** The money an event speaks of, if it moved and is not booked yet. */
  async function moneyOf(row: WebhookInbox): Promise<SettledPayment | null> {
    if (row.subject !== 'payment' && row.subject !== 'checkout') return null;
    const em = orm.em.fork();
    const gatewayPaymentId = row.gatewayPaymentId ?? null;
    if (gatewayPaymentId) {
      const booked = await em.findOne(Payment, { gateway: row.gateway, account: row.account, gatewayPaymentId });
      if (booked && booked.allocatedMinor > 0) return null;
      return await atGateway(row.gateway, () => gateways.of(row.gateway).find(gatewayPaymentId));
    }
    const attempt = row.checkoutId
      ? await em.findOne(PaymentAttempt, { gateway: row.gateway, account: row.account, checkoutId: row.checkoutId })
      : null;
    if (!attempt || attempt.status === 'succeeded') return null;
    const invoice = await em.findOneOrFail(Invoice, attempt.invoiceId);
    // An approval for an invoice that is settled is left alone: capturing it would take money nobody owes.
    if (row.gateway === 'paypal' && invoice.status !== 'open') return null;
    const state = await settle(attempt);
    return state.state === 'paid' ? state.payment : null;
  }
};
export type PaymentActivities = ReturnType<typeof createPaymentActivities>;

const source = ({ gateway, account }: PaymentAttempt) => ({ gateway, account });

async function follow(em: Em, attempt: PaymentAttempt, state: CheckoutState, asOf: Date): Promise<void> {
  // What another look has seen to its end meanwhile stays as it is.
  const underWay = { id: attempt.id, status: { $nin: ENDED_ATTEMPT } };
  if (state.state === 'expired')
    await em.nativeUpdate(PaymentAttempt, underWay, { status: 'canceled', updatedAt: asOf });
  if (state.state === 'pending')
    await em.nativeUpdate(PaymentAttempt, underWay, { status: 'processing', updatedAt: asOf });
  const decline = state.state === 'declined' || state.state === 'expired' ? state.decline : undefined;
  if (!decline) return;
  const { class: declineClass, code: declineCode, message } = decline;
  const unpaid = { id: attempt.id, status: { $ne: 'succeeded' as const } };
  if ((await em.nativeUpdate(PaymentAttempt, unpaid, { declineClass, declineCode, updatedAt: asOf })) === 0) return;
  const order = await em.findOneOrFail(Order, attempt.orderId!);
  addOrderEvent(
    em,
    order,
    { key: `declined.${attempt.number}.${declineCode}`, kind: 'declined', text: `Payment declined: ${message}` },
    asOf,
  );
}

/** Staff recorded the money by hand; the order's own id is its identity. */
const recordedPayment = (order: Order): SettledPayment => ({
  gatewayPaymentId: `recorded/${order.id}`,
  amount: { minor: order.totalMinor, currency: order.currency },
  paidAt: order.placedAt,
  reference: null,
});

const mismatch = (
  attempt: PaymentAttempt,
  payment: SettledPayment,
  { got, owed }: Extract<Booked, { outcome: 'mismatch' }>,
): Stop => ({
  stop: 'PaymentMismatch',
  message: `${label(attempt.gateway)} took ${describeMoney(got)} as ${payment.gatewayPaymentId}, but ${describeMoney(owed)} is owed. The money is credit of the customer until somebody decides.`,
  gateway: attempt.gateway,
  adapter: attempt.gateway,
});
