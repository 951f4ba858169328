import type { Stop } from '#domain/workflows/stop.ts';
import { audit } from '#db/audit/entry.ts';
import { type Invoice, type Order, PaymentAttempt } from '#db/entities/index.ts';
import { type Em, inTransaction } from '#db/orm.ts';
import { ENDED_ATTEMPT } from './attempts.ts';
import { bookSettled } from '../payments/booking.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { openTask } from '#activities/desk/tasks.ts';
import { atGateway, label } from '#activities/where.ts';

export function voidInvoice(invoice: Invoice, now: Date): void {
  invoice.status = 'void';
  invoice.voidedAt = now;
}

/** @param action  for the audit: nobody paid it, or all it had led to is taken back */
export async function endOrder(
  em: Em,
  order: Order,
  { action, because, now }: { action: 'order.canceled' | 'order.undone'; because: string; now: Date },
): Promise<void> {
  order.status = 'canceled';
  order.endedAt = now;
  order.endedBecause = because;
  order.checkoutUrl = null;
  addOrderEvent(em, order, { key: 'canceled', text: `Canceled: ${because}` }, now);
  audit(em, {
    at: now,
    actor: { type: 'workflow', id: `order/${order.id}` },
    action,
    object: { type: 'order', id: order.id },
    customerId: order.customerId,
    reason: because,
  });
}

export interface PagesClosed {
  /** The customer was faster: money came through one of them, and is booked as what it is. */
  arrived: boolean;
  /** Money is on its way: nothing may be ended before it is here, or is known not to come. */
  pending?: Stop;
}

/** Closes every open page of an order, each whatever became of the others. */
export async function closePages(
  { orm, gateways, settings }: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>,
  orderId: string,
  asOf: number,
): Promise<PagesClosed> {
  const closed: PagesClosed = { arrived: false };
  const attempts = await orm.em
    .fork()
    .find(PaymentAttempt, { orderId, kind: 'hosted', status: { $nin: ENDED_ATTEMPT } });
  for (const attempt of attempts) {
    const gateway = gateways.of(attempt.gateway);
    const { checkoutId, key, invoiceId, id: attemptId } = attempt;
    const state = checkoutId
      ? await atGateway(gateway.name, () => gateway.close({ checkoutId, key, env: settings.env, invoiceId, attemptId }))
      : ({ state: 'expired' } as const);
    if (state.state === 'pending') {
      closed.pending = {
        stop: 'OutcomeUnknown',
        message: `A payment of this order is on its way at ${label(gateway.name)} (${state.reason}). It is looked at again by itself.`,
        gateway: gateway.name,
        adapter: gateway.name,
      };
    } else if (state.state === 'paid') {
      const booked = await bookSettled(orm, {
        gateway: gateway.name,
        account: gateway.account,
        payment: state.payment,
        attemptId,
        accept: false,
        zone: settings.billingZone,
        asOf,
      });
      if (booked.outcome === 'allocated' || booked.outcome === 'mismatch') closed.arrived = true;
    } else {
      await inTransaction(orm, (em) => noteClosed(em, attempt, new Date(asOf)));
    }
  }
  return closed;
}

async function noteClosed(em: Em, attempt: PaymentAttempt, asOf: Date): Promise<void> {
  const { id, gateway, key, checkoutId, customerId, orderId } = attempt;
  await em.nativeUpdate(
    PaymentAttempt,
    { id, status: { $nin: ['succeeded', 'failed'] } },
    { status: 'canceled', updatedAt: asOf },
  );
  if (checkoutId) return;
  const task = {
    key: `lost-checkout/${id}`,
    kind: 'lost_checkout',
    text: `A payment page may be open at ${label(gateway)} under the key ${key}; its address never reached us. Money from it becomes credit.`,
    customerId,
    orderId,
  };
  openTask(em, task, asOf);
}
