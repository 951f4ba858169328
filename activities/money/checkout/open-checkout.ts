import { howToCollect, leastAmount } from '#domain/money/least-amount.ts';
import { describeMoney, money, type Money } from '#domain/money/money.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { change, makeChange, statement, transaction } from '#db/statements.ts';
import type { HostedCheckout } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { vendorLabel, type GatewayName } from '#domain/vendors.ts';
import { atGateway } from '#activities/where.ts';
import { claimAttempt, type Attempt } from './attempts.ts';
import { closePages, endOrder } from './close-pages.ts';
import { giveUpRest } from './small-rest.ts';

export interface CheckoutOpened {
  /** True when nothing is to be paid through a hosted page: a free order, a rest too small, or one staff recorded as paid; the look-up books that. */
  needsNoCheckout: boolean;
  number: number;
}

interface CheckoutToOpen {
  orderId: string;
  /** Which try: a repeat of the activity keeps it, a new page gets the next. */
  number: number;
  asOf: number;
}

/** A day is the longest a gateway keeps a page open. */
const CHECKOUT_MS = 24 * 3_600_000;

const SHOW_PAGE = change(
  'show_page',
  `with changed as (
     update payment_attempt set status = 'requires_action', checkout_id = $checkoutId, checkout_url = $url,
       checkout_expires_at = $expiresAt, gateway_request_id = $requestId, updated_at = $asOf
     where id = $attemptId returning id
   ), shown as (
     update "order" set checkout_url = $url, checkout_expires_at = $expiresAt where id = $orderId
   )`,
);
/** Invoice before order, as everywhere: two that hold them never wait for each other. */
const HOLD_ORDER = statement<{
  id: string;
  customerId: string;
  status: string;
  invoiceStatus: string;
  isRecorded: boolean;
}>(
  'hold_order',
  `select o.id, o.customer_id as "customerId", o.status, i.status as "invoiceStatus",
     o.payment_recorded_at is not null as "isRecorded"
   from invoice i join "order" o on o.id = i.order_id
   where i.order_id = $orderId and i.kind = 'initial' for update of i, o`,
);

export const createCheckoutActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => ({
  /**
   * Opens the hosted page and writes where it is. The attempt row with its key is committed before the gateway is
   * called, so a repeat sends the same key and gets the same page.
   */
  async openCheckout({ orderId, number, asOf }: CheckoutToOpen): Promise<CheckoutOpened | Stop> {
    const accounts = Object.fromEntries(gateways.all().map(({ name, account }) => [name, account]));
    const claim = { orderId, number, kind: 'hosted' as const, env: settings.env, accounts, asOf: new Date(asOf) };
    const attempt = await claimAttempt(orm, claim);
    if (attempt.id === null) {
      // Of one that is switched off this says so.
      if (attempt.total > 0 && attempt.orderGateway !== 'recorded') gateways.of(attempt.orderGateway);
      return { needsNoCheckout: true, number };
    }
    if (attempt.checkoutId) return { needsNoCheckout: false, number };
    const gateway = gateways.of(attempt.gateway);
    const due = money(attempt.amountMinor, attempt.currency);
    const collect = howToCollect(due, gateway.name);
    if (collect === 'too_little') return tooLittle(due, gateway.name);
    if (collect === 'nothing') {
      await giveUpRest(orm, attempt, settings.billingZone, new Date(asOf));
      return { needsNoCheckout: true, number };
    }
    const {
      id: attemptId,
      invoiceId,
      key,
      customerId,
      email,
      name,
      invoiceNumber,
      gatewayCustomerId,
      hadPage,
      previousCheckoutId,
    } = attempt;
    const reference = { env: settings.env, invoiceId, attemptId };
    const page = await atGateway(gateway.name, async () => {
      const find = () => gateway.findCheckout({ ...reference, key, createdAfter: attempt.createdAt });
      const found = await lostCheckout(attempt, asOf, find);
      if (found) return found;
      return gateway.checkout({
        ...reference,
        key,
        invoiceNumber,
        number,
        previousCheckoutId: previousCheckoutId ?? undefined,
        amount: due,
        description: `Invoice ${invoiceNumber}`,
        customer: {
          id: customerId,
          email,
          name,
          gatewayCustomerId: gatewayCustomerId ?? undefined,
          seenBefore: gatewayCustomerId === null && hadPage,
        },
        saveMethod: true,
        successUrl: `${settings.publicUrl}/orders/${orderId}?from=checkout`,
        cancelUrl: `${settings.publicUrl}/orders/${orderId}?from=cancel`,
        expiresAt: new Date(asOf + CHECKOUT_MS),
      });
    });

    const { checkoutId, url, expiresAt, requestId } = page;
    const shown = { attemptId, orderId, checkoutId, url, expiresAt, requestId, asOf: new Date(asOf) };
    await makeChange(orm, SHOW_PAGE, shown, (rows) => {
      const text = `Payment page opened at ${vendorLabel(gateway.name)}`;
      const event = { key: `checkout.${number}`, kind: 'checkout', text };
      addOrderEvent(rows, { id: orderId, customerId }, event, new Date(asOf));
    });
    return { needsNoCheckout: false, number };
  },

  /**
   * Ends an order that nobody paid: the page at the gateway is closed first. If the customer was faster the money is
   * booked and the order goes on, also with another amount than is owed: the look-up that follows judges it, and books a
   * transfer that staff have recorded.
   */
  async cancelUnpaid({
    orderId,
    because,
    asOf,
  }: {
    orderId: string;
    because: string;
    asOf: number;
  }): Promise<'canceled' | 'paid' | Stop> {
    const { arrived, pending } = await closePages({ orm, gateways, settings }, orderId, asOf);
    if (arrived) return 'paid';
    if (pending) return pending;
    return await transaction(orm, async (tx) => {
      const order = await tx.queryOne(HOLD_ORDER, { orderId });
      if (order!.invoiceStatus === 'paid') return 'paid';
      if (order!.status === 'canceled') return 'canceled';
      if (order!.isRecorded) return 'paid';
      await endOrder(tx, order!, { action: 'order.canceled', because, now: new Date(asOf) });
      return 'canceled';
    });
  },
});
export type CheckoutActivities = ReturnType<typeof createCheckoutActivities>;

const tooLittle = (due: Money, gateway: GatewayName): Stop => ({
  stop: 'VendorRefused',
  message: `${describeMoney(due)} is due, and ${vendorLabel(gateway)} takes ${describeMoney(leastAmount(gateway, due.currency))} at least in ${due.currency}. Abort, and sell it at a price that ${vendorLabel(gateway)} takes, or with payment recorded by staff.`,
  gateway,
  adapter: gateway,
});

/** The gateway forgets a key after some hours; before it may have, the lost page is looked for. */
const KEY_LIVES_MS = 5 * 3_600_000;
async function lostCheckout(attempt: Attempt, asOf: number, find: () => Promise<HostedCheckout | null>) {
  return asOf - attempt.createdAt.getTime() > KEY_LIVES_MS ? find() : null;
}
