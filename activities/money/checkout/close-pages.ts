import { newId } from '#domain/ids.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { audit } from '#db/audit/entry.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import type { RowHolder } from '#db/pending-rows.ts';
import { change, makeChange, query, run, statement, type Runner } from '#db/statements.ts';
import { openTask, type Task } from '#db/desk/tasks.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { vendorLabel } from '#domain/vendors.ts';
import { atGateway } from '#activities/where.ts';
import { bookSettled } from '../payments/booking.ts';
import { leaveTransfer } from '../payments/recorded-transfer.ts';
import { ATTEMPT, ENDED, type Attempt } from './attempts.ts';

const READ_OPEN_PAGES = statement<Attempt & { customerId: string }>(
  'read_open_pages',
  `select ${ATTEMPT}, a.customer_id as "customerId" from payment_attempt a
   where a.order_id = $orderId and a.kind = 'hosted' and a.status not in ${ENDED} order by a.number`,
);
const NOTE_CLOSED = change(
  'note_closed_page',
  `with changed as (
     update payment_attempt set status = 'canceled', updated_at = $asOf
     where id = $attemptId and status not in ('succeeded', 'failed') returning id
   )`,
);
const VOID_INVOICE = statement(
  'void_invoice',
  `update invoice set status = 'void', voided_at = $asOf where order_id = $orderId and kind = 'initial' and status = 'open'`,
);
const END_ORDER = statement(
  'end_order',
  `with changed as (
     update "order" set status = 'canceled', ended_at = $asOf, ended_because = $because, checkout_url = null where id = $orderId
     returning id, customer_id, reference, gateway, wishes, payment_recorded_at
   )
   ${leaveTransfer('the order has ended')}`,
);

/**
 * Ends an order that its caller holds, and what is still to be paid of its invoice.
 * @param action  for the audit: nobody paid it, or all it had led to is taken back
 */
export async function endOrder(
  on: Runner & RowHolder,
  { id: orderId, customerId }: { id: string; customerId: string },
  { action, because, now: asOf }: { action: 'order.canceled' | 'order.undone'; because: string; now: Date },
): Promise<void> {
  addOrderEvent(on, { id: orderId, customerId }, { key: 'canceled', text: `Canceled: ${because}` }, asOf);
  audit(on, {
    at: asOf,
    actor: { type: 'workflow', id: `order/${orderId}` },
    action,
    object: { type: 'order', id: orderId },
    customerId,
    reason: because,
  });
  await run(on, VOID_INVOICE, { orderId, asOf });
  await run(on, END_ORDER, { orderId, because, asOf, taskId: newId() });
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
  for (const attempt of await query(orm, READ_OPEN_PAGES, { orderId })) {
    const gateway = gateways.of(attempt.gateway);
    const { checkoutId, key, invoiceId, id: attemptId } = attempt;
    const state = checkoutId
      ? await atGateway(gateway.name, () => gateway.close({ checkoutId, key, env: settings.env, invoiceId, attemptId }))
      : ({ state: 'expired' } as const);
    if (state.state === 'pending') {
      closed.pending = {
        stop: 'OutcomeUnknown',
        message: `A payment of this order is on its way at ${vendorLabel(gateway.name)} (${state.reason}). It is looked at again by itself.`,
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
      await makeChange(orm, NOTE_CLOSED, { attemptId, asOf: new Date(asOf) }, (rows) => {
        if (!checkoutId) openTask(rows, lostCheckout(orderId, attempt), new Date(asOf));
      });
    }
  }
  return closed;
}

const lostCheckout = (orderId: string, { id, gateway, key, customerId }: Attempt & { customerId: string }): Task => ({
  key: `lost-checkout/${id}`,
  kind: 'lost_checkout',
  text: `A payment page may be open at ${vendorLabel(gateway)} under the key ${key}; its address never reached us. Money from it becomes credit.`,
  customerId,
  orderId,
});
