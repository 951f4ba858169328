import type { Stop } from '#domain/stop.ts';
import { type Invoice, type Order, PaymentAttempt } from '#db/entities/index.ts';
import { type Em, inTransaction } from '#db/orm.ts';
import { bookSettled } from './booking.ts';
import type { ActivityParts } from './parts.ts';
import { openTask } from './story.ts';
import { atGateway, label } from './where.ts';

export function voidInvoice(invoice: Invoice, asOf: number): void {
  invoice.status = 'void';
  invoice.voidedAt = new Date(asOf);
}

export function endOrder(order: Order, because: string, asOf: number): void {
  order.status = 'canceled';
  order.endedAt = new Date(asOf);
  order.endedBecause = because;
  order.checkoutUrl = null;
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
    .find(PaymentAttempt, { orderId, kind: 'hosted', status: { $nin: ['succeeded', 'failed', 'canceled'] } });
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
  await openTask(em, task, asOf);
}
