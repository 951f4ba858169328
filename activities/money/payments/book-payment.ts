import { describeMoney, money } from '#domain/money/money.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { change, makeChange, query, queryOne, statement } from '#db/statements.ts';
import type { CheckoutState, SettledPayment } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { vendorLabel } from '#domain/vendors.ts';
import { atGateway } from '#activities/where.ts';
import { ATTEMPT, claimAttempt, ENDED, type Attempt } from '../checkout/attempts.ts';
import { closePages } from '../checkout/close-pages.ts';
import { noteFact } from '../refunds/gateway-reports.ts';
import { bookSettled, type Booked } from './booking.ts';
import { TAKE_TRANSFER } from './recorded-transfer.ts';
import { explainEvents, readEvents, type InboxRow } from './inbox-rows.ts';

export interface PaymentToBook {
  orderId: string;
  /** Inbox rows the workflow was told of; each is explained by what the gateway answers now. */
  inboxIds: string[];
  /** Staff accept an amount that does not match. */
  accept: boolean;
  asOf: number;
}

export type PaymentState = { state: 'paid' | 'open' | 'pending' | 'expired' | 'declined' };

interface OrderToPay {
  orderId: string;
  customerId: string;
  orderGateway: string;
  placedAt: Date;
  due: number;
  orderCurrency: string;
  invoiceStatus: string;
  /** Staff have a transfer for it. */
  recordedAt: Date | null;
}
/** The order beside each of its pages, the newest first; once and without a page where it has none. */
const READ_PAGES = statement<OrderToPay & (Attempt | { id: null })>(
  'read_pages',
  `select o.id as "orderId", o.customer_id as "customerId", o.gateway as "orderGateway", o.placed_at as "placedAt",
     i.due_minor as due, o.currency as "orderCurrency", o.payment_recorded_at as "recordedAt", i.status as "invoiceStatus", ${ATTEMPT}
   from "order" o join invoice i on i.order_id = o.id and i.kind = 'initial'
     left join payment_attempt a on a.order_id = o.id and a.kind = 'hosted'
   where o.id = $orderId order by a.number desc`,
);

/** An order with nothing to pay was never moved on by a payment. */
const GO_ON = statement(
  'go_on_with_paid_order',
  `with moved as (
     update "order" set status = 'provisioning', paid_at = $asOf where id = $orderId and status = 'awaiting_payment'
   )
   update webhook_inbox set outcome = 'told' where id = any($inboxIds::uuid[]) and outcome is null`,
);

/**
 * What another look has seen to its end meanwhile stays as it is; only why it was declined may still be noted. Nobody is
 * offered a page that is over.
 */
const FOLLOW = change(
  'follow_page',
  `with changed as (
     update payment_attempt set updated_at = $asOf,
       status = case when status in ${ENDED} then status else coalesce($status, status) end,
       decline_class = coalesce($declineClass, decline_class), decline_code = coalesce($declineCode::text, decline_code)
     where id = $attemptId and status <> 'succeeded' and ($declineCode::text is not null or status not in ${ENDED})
     returning id, order_id, status, checkout_url
   ), taken as (
     update "order" o set checkout_url = null, checkout_expires_at = null
     from changed where changed.status = 'canceled' and o.id = changed.order_id and o.checkout_url = changed.checkout_url
   )`,
);

/** What an event without a payment of its own speaks of. */
const READ_CHECKOUT = statement<Attempt & { invoiceStatus: string }>(
  'read_checkout',
  `select ${ATTEMPT}, i.status as "invoiceStatus" from payment_attempt a join invoice i on i.id = a.invoice_id
   where a.gateway = $gateway and a.account = $account and a.checkout_id = $checkoutId`,
);
const READ_ALLOCATED = statement<{ allocated: boolean }>(
  'read_allocated',
  `select allocated_minor > 0 as allocated from payment
   where gateway = $gateway and account = $account and gateway_payment_id = $gatewayPaymentId`,
);

export const createPaymentActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => {
  const zone = settings.billingZone;
  /** Asks the gateway how a try stands; an approved one is captured. */
  const settle = ({ gateway, checkoutId, key, invoiceId, id: attemptId }: Attempt): Promise<CheckoutState> =>
    atGateway(gateway, () =>
      gateways.of(gateway).settle({ checkoutId: checkoutId!, key, env: settings.env, invoiceId, attemptId }),
    );

  return {
    /**
     * Looks at every open try of an order at its gateway and books what arrived. The redirect and the webhook are
     * only reasons to look; what is booked is what the gateway says now. Where staff have a transfer, its pages are closed
     * first, and the transfer pays if none of them did.
     */
    async bookPayment({ orderId, inboxIds, accept, asOf }: PaymentToBook): Promise<PaymentState | Stop> {
      let rows = await query(orm, READ_PAGES, { orderId });
      if (rows[0] && waitsForTransfer(rows[0])) {
        const { arrived, pending } = await closePages({ orm, gateways, settings }, orderId, asOf);
        // Nobody pays twice: the transfer waits until it is known what comes of that payment.
        if (pending) return { state: 'pending' };
        // Whoever was faster at the gateway has paid; of the transfer staff are told.
        if (!arrived) await query(orm, TAKE_TRANSFER, { orderId });
        rows = await query(orm, READ_PAGES, { orderId });
      }
      const [order] = rows;
      if (!order) throw new Error(`There is no order ${orderId}.`);
      if (order.orderGateway === 'recorded' && order.invoiceStatus !== 'paid') await bookRecorded(order, asOf);
      if (order.orderGateway === 'recorded' || order.invoiceStatus === 'paid') {
        await query(orm, GO_ON, { orderId, inboxIds, asOf: new Date(asOf) });
        return { state: 'paid' };
      }
      const pages = rows.filter((row) => row.id !== null);
      const [newest] = pages;
      // An earlier run found it closed, and its answer may be lost: the customer still needs a new page.
      const isOver = newest?.status === 'canceled' && order.invoiceStatus === 'open';
      let latest: CheckoutState['state'] = isOver ? 'expired' : 'open';
      for (const attempt of pages) {
        if (!attempt.checkoutId || attempt.status === 'succeeded' || attempt.status === 'canceled') continue;
        const state = await settle(attempt);
        if (attempt === newest) latest = state.state;
        if (state.state !== 'paid') {
          await follow(order, attempt, state, new Date(asOf));
          continue;
        }
        const { payment } = state;
        const booked = await bookSettled(orm, { ...sourceOf(attempt), payment, accept, zone, inboxIds, asOf });
        if (booked.outcome === 'allocated') return { state: 'paid' };
        if (booked.outcome === 'mismatch') return mismatch(attempt, payment, booked);
      }
      await explainEvents(orm, inboxIds);
      return { state: latest };
    },

    /**
     * Explains gateway events nobody waits for: books late or second money by its own reference, and turns refunds
     * and disputes made at the gateway into tasks.
     * @returns refunds to send
     */
    async settleEvents({ inboxIds, asOf }: { inboxIds: string[]; asOf: number }): Promise<{ refund: string[] } | Stop> {
      const refund: string[] = [];
      for (const event of await readEvents(orm, inboxIds)) {
        if (event.subject === 'refund' || event.subject === 'dispute')
          await noteFact({ orm, gateways, settings }, event, new Date(asOf));
        const payment = await moneyOf(event);
        if (payment) {
          const { gateway, account, attemptId } = event;
          const source = { gateway, account, attemptId };
          const booked = await bookSettled(orm, { ...source, payment, accept: false, unattended: true, zone, asOf });
          if (booked.outcome === 'duplicate' && booked.refundId) refund.push(booked.refundId);
        }
        await explainEvents(orm, [event.id]);
      }
      return { refund };
    },
  };

  /** Staff recorded the money by hand; the order's own id is its identity. */
  async function bookRecorded(order: OrderToPay & { number?: number | null }, asOf: number): Promise<void> {
    const { orderId, due, orderCurrency } = order;
    // After those at the gateway, where it was to be paid there.
    const by = { number: (order.number ?? 0) + 1, kind: 'recorded' as const, accounts: { recorded: 'staff' } };
    const attempt = await claimAttempt(orm, { ...by, orderId, env: settings.env, asOf: new Date(asOf) });
    if (attempt.id === null) return;
    const amount = money(due, orderCurrency);
    const paidAt = order.recordedAt ?? order.placedAt;
    const payment = { gatewayPaymentId: `recorded/${orderId}`, amount, paidAt, reference: null };
    await bookSettled(orm, { ...sourceOf(attempt), payment, accept: false, zone, asOf });
  }

  /** Notes how a page stands that nobody has paid on. */
  async function follow(order: OrderToPay, attempt: Attempt, state: CheckoutState, asOf: Date): Promise<void> {
    // A payment that the gateway had taken on and gave back leaves the page as it was before.
    const back = attempt.status === 'processing' ? 'requires_action' : null;
    const status = { expired: 'canceled', pending: 'processing', open: back, declined: back, paid: null }[state.state];
    const decline = state.state === 'declined' || state.state === 'expired' ? state.decline : undefined;
    if (!status && !decline) return;
    const noted = { attemptId: attempt.id, status, declineClass: decline?.class, declineCode: decline?.code, asOf };
    await makeChange(orm, FOLLOW, noted, (rows) => {
      if (!decline) return;
      const key = `declined.${attempt.number}.${decline.code}`;
      const customer = { id: order.orderId, customerId: order.customerId };
      addOrderEvent(rows, customer, { key, kind: 'declined', text: `Payment declined: ${decline.message}` }, asOf);
    });
  }

  /** The money an event speaks of, if it moved and is not booked yet. */
  async function moneyOf(event: InboxRow): Promise<SettledPayment | null> {
    const { subject, gateway, account, gatewayPaymentId, checkoutId } = event;
    if (subject !== 'payment' && subject !== 'checkout') return null;
    if (gatewayPaymentId) {
      const booked = await queryOne(orm, READ_ALLOCATED, { gateway, account, gatewayPaymentId });
      if (booked?.allocated) return null;
      return await atGateway(gateway, () => gateways.of(gateway).find(gatewayPaymentId));
    }
    const attempt = await queryOne(orm, READ_CHECKOUT, { gateway, account, checkoutId });
    if (!attempt || attempt.status === 'succeeded') return null;
    // Looking would take money nobody owes.
    if (gateways.of(gateway).capturesApproved && attempt.invoiceStatus !== 'open') return null;
    const state = await settle(attempt);
    return state.state === 'paid' ? state.payment : null;
  }
};
export type PaymentActivities = ReturnType<typeof createPaymentActivities>;

const waitsForTransfer = ({ recordedAt, orderGateway, invoiceStatus }: OrderToPay): boolean =>
  recordedAt !== null && orderGateway !== 'recorded' && invoiceStatus === 'open';

const sourceOf = ({ gateway, account, id: attemptId }: Attempt) => ({ gateway, account, attemptId });

const mismatch = (
  attempt: Attempt,
  payment: SettledPayment,
  { got, owed }: Extract<Booked, { outcome: 'mismatch' }>,
): Stop => ({
  stop: 'PaymentMismatch',
  message: `${vendorLabel(attempt.gateway)} took ${describeMoney(got)} as ${payment.gatewayPaymentId}, but ${describeMoney(owed)} is owed. The money is credit of the customer until somebody decides.`,
  gateway: attempt.gateway,
  adapter: attempt.gateway,
});
