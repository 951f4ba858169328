import { money } from '#domain/money/money.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { Customer, Invoice, Order, PaymentAttempt, PaymentMethod } from '#db/entities/index.ts';
import { inTransaction, LOCKED } from '#db/orm.ts';
import { claimAttempt } from './attempts.ts';
import { closePages, endOrder, voidInvoice } from './close-pages.ts';
import type { HostedCheckout } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { atGateway, label } from '#activities/where.ts';

export interface CheckoutOpened {
  /** True when nothing is to be paid through a hosted page: a free order, or one staff recorded as paid. */
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

export const createCheckoutActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => ({
  /**
   * Opens the hosted page and writes where it is. The attempt row with its key is committed before the gateway is
   * called, so a repeat sends the same key and gets the same page.
   */
  async openCheckout({ orderId, number, asOf }: CheckoutToOpen): Promise<CheckoutOpened> {
    const em = orm.em.fork();
    const order = await em.findOneOrFail(Order, orderId);
    if (order.gateway === 'recorded' || order.totalMinor === 0) return { needsNoCheckout: true, number };
    const invoice = await em.findOneOrFail(Invoice, { orderId, kind: 'initial' });
    const customer = await em.findOneOrFail(Customer, order.customerId);
    const gateway = gateways.of(order.gateway);
    const attempt = await claimAttempt(orm, {
      order,
      invoice,
      number,
      env: settings.env,
      account: gateway.account,
      asOf,
    });
    if (attempt.checkoutUrl) return { needsNoCheckout: false, number };

    const there = { customerId: customer.id, gateway: gateway.name, account: gateway.account };
    const known = await em.findOne(PaymentMethod, there);
    const seenBefore = !known && (await em.count(PaymentAttempt, { ...there, checkoutId: { $ne: null } })) > 0;
    const reference = { env: settings.env, invoiceId: invoice.id, attemptId: attempt.id };
    const hosted = await atGateway(gateway.name, async () => {
      const found = await lostCheckout(attempt, asOf, () =>
        gateway.findCheckout({ ...reference, key: attempt.key, createdAfter: attempt.createdAt }),
      );
      if (found) return found;
      return gateway.checkout({
        ...reference,
        key: attempt.key,
        invoiceNumber: invoice.number!,
        amount: money(attempt.amountMinor, attempt.currency),
        description: `Invoice ${invoice.number}`,
        customer: {
          id: customer.id,
          email: customer.email,
          name: customer.name,
          gatewayCustomerId: known?.gatewayCustomerId,
          seenBefore,
        },
        saveMethod: true,
        successUrl: `${settings.publicUrl}/orders/${orderId}?from=checkout`,
        cancelUrl: `${settings.publicUrl}/orders/${orderId}?from=cancel`,
        expiresAt: new Date(asOf + CHECKOUT_MS),
      });
    });

    await inTransaction(orm, async (tx) => {
      await tx.nativeUpdate(PaymentAttempt, attempt.id, {
        status: 'requires_action',
        checkoutId: hosted.checkoutId,
        checkoutUrl: hosted.url,
        checkoutExpiresAt: hosted.expiresAt,
        gatewayRequestId: hosted.requestId ?? null,
        updatedAt: new Date(asOf),
      });
      await tx.nativeUpdate(Order, orderId, { checkoutUrl: hosted.url, checkoutExpiresAt: hosted.expiresAt });
      addOrderEvent(
        tx,
        order,
        { key: `checkout.${number}`, kind: 'checkout', text: `Payment page opened at ${label(gateway.name)}` },
        new Date(asOf),
      );
    });
    return { needsNoCheckout: false, number };
  },

  /**
   * Ends an order that nobody paid: the page at the gateway is closed first. If the customer was faster the money is
   * booked and the order goes on, also with another amount than is owed: the look-up that follows judges it.
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
    return await inTransaction(orm, async (em) => {
      // Invoice before order, as everywhere: two that lock them never wait for each other.
      const invoice = await em.findOneOrFail(Invoice, { orderId, kind: 'initial' }, LOCKED);
      const order = await em.findOneOrFail(Order, orderId, LOCKED);
      if (invoice.status === 'paid') return 'paid';
      if (order.status === 'canceled') return 'canceled';
      const now = new Date(asOf);
      voidInvoice(invoice, now);
      await endOrder(em, order, { action: 'order.canceled', because, now });
      return 'canceled';
    });
  },
});
export type CheckoutActivities = ReturnType<typeof createCheckoutActivities>;

/** The gateway forgets a key after some hours; before it may have, the lost page is looked for. */
const KEY_LIVES_MS = 5 * 3_600_000;
async function lostCheckout(attempt: PaymentAttempt, asOf: number, find: () => Promise<HostedCheckout | null>) {
  return asOf - attempt.createdAt.getTime() > KEY_LIVES_MS ? find() : null;
}
