import { civilDate, paidThroughOf, type BillingCycle } from '#domain/calendar/civil-dates.ts';
import { renewalIssueAt } from '#domain/calendar/renewal-calendar.ts';
import { orderEnded, type Stop } from '#domain/workflows/stop.ts';
import { subscriptionWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import { audit } from '#db/audit/entry.ts';
import { startLater } from '#db/messages/outbox.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { change, makeChange, queryOne, statement } from '#db/statements.ts';
import type { ActivityParts } from '../parts.ts';

export interface ServiceToActivate {
  orderId: string;
  serviceId: string;
  /** Events the workflow was told of so far. */
  inboxIds: string[];
  asOf: number;
}

export interface Activated {
  /** Of the events told: those that speak of the payment that is booked. The others are looked at. */
  explained: string[];
}

interface OrderToActivate {
  customerId: string;
  reference: string;
  status: string;
  endedAt: Date | null;
  subscriptionId: string;
  cycle: BillingCycle;
  billingZone: string;
  explained: string[];
}
/**
 * Explains the events that say nothing but what is booked, of the same payment or of the checkout it came through, and
 * tells their ids, also of those that were explained before.
 */
const EXPLAIN_AND_READ = statement<OrderToActivate>(
  'explain_and_read_order',
  `with told as (
     update webhook_inbox w set outcome = coalesce(w.outcome, 'told') from payment_attempt a
     where w.id = any($inboxIds::uuid[]) and w.subject in ('checkout', 'payment') and a.order_id = $orderId and a.status = 'succeeded'
       and a.gateway = w.gateway
       and case when w.gateway_payment_id is null then a.checkout_id = w.checkout_id else a.gateway_payment_id = w.gateway_payment_id end
     returning w.id
   )
   select o.customer_id as "customerId", o.reference, o.status, o.ended_at as "endedAt", s.id as "subscriptionId", s.cycle,
     s.billing_zone as "billingZone", array(select id::text from told) as explained
   from "order" o join subscription s on s.order_id = o.id where o.id = $orderId`,
);
const ACTIVATE = change<{ id: string }>(
  'activate_service',
  `with changed as (
     update "order" set status = 'active', active_at = $asOf where id = $orderId and status <> 'active' and ended_at is null
     returning id
   ), subscribed as (
     update subscription set status = 'active', period_start = $periodStart, anchor_day = $anchorDay, paid_through = $paidThrough,
       next_action = $nextAction, next_action_at = $nextActionAt
     from changed where subscription.order_id = changed.id
   ), serving as (
     update service set status = 'active', active_at = $asOf from changed where service.id = $serviceId
   )`,
);

export const createActivationActivities = ({ orm }: Pick<ActivityParts, 'orm'>) => {
  /**
   * The service is live: its first period begins today. The start of `keepSubscription` goes into the outbox in the same
   * statement, so no subscription is active without the workflow that keeps it.
   */
  async function activateService(wish: ServiceToActivate): Promise<Activated | Stop> {
    const { orderId, serviceId, inboxIds, asOf } = wish;
    const order = await queryOne(orm, EXPLAIN_AND_READ, { orderId, inboxIds });
    if (!order) throw new Error(`Order ${orderId} has no subscription.`);
    const { customerId, subscriptionId, cycle, billingZone, explained } = order;
    if (order.endedAt) return orderEnded(order);
    if (order.status === 'active') return { explained };
    const now = new Date(asOf);
    const periodStart = civilDate(now, billingZone);
    const anchorDay = Number(periodStart.slice(8));
    const paidThrough = paidThroughOf(periodStart, anchorDay, cycle);
    const next = firstAction(paidThrough, cycle, billingZone);
    const period = { periodStart, anchorDay, paidThrough, ...next };
    const activated = await makeChange(orm, ACTIVATE, { orderId, serviceId, asOf: now, ...period }, (rows) => {
      startLater(rows, keeperOf({ subscriptionId, customerId, serviceId, ...next }), now);
      addOrderEvent(rows, { id: orderId, customerId }, { key: 'active', text: 'The service is active' }, now);
      audit(rows, {
        at: now,
        actor: { type: 'workflow', id: `order/${orderId}` },
        action: 'service.activated',
        object: { type: 'service', id: serviceId },
        customerId,
        after: { paidThrough },
      });
    });
    // Taken back, or activated by another run, since it was read: it is read again.
    return activated.length > 0 ? { explained } : activateService(wish);
  }
  return { activateService };
};
export type ActivationActivities = ReturnType<typeof createActivationActivities>;

interface ActiveSubscription {
  subscriptionId: string;
  customerId: string;
  serviceId: string;
  nextAction: string | null;
  nextActionAt: Date | null;
}

/** What is paid once and for all is never renewed; its keeper only listens. */
const firstAction = (paidThrough: string | null, cycle: BillingCycle, zone: string) =>
  cycle === 'one_time' || paidThrough === null
    ? { nextAction: null, nextActionAt: null }
    : { nextAction: 'renew', nextActionAt: renewalIssueAt(paidThrough, cycle, zone) };

/** The workflow that keeps the subscription from now on: until its first action there is nothing for it to do. */
function keeperOf({ nextAction, nextActionAt, ...kept }: ActiveSubscription) {
  const { subscriptionId, customerId, serviceId } = kept;
  return {
    workflowId: subscriptionWorkflow(subscriptionId),
    type: WORKFLOW_TYPES.keepSubscription,
    args: [{ ...kept, nextAction: nextAction ?? 'none', nextActionAtMs: nextActionAt?.getTime() ?? null }],
    ...(nextActionAt && { beginAt: nextActionAt }),
    search: {
      Phase: 'active',
      CustomerId: customerId,
      ServiceId: serviceId,
      ...(nextActionAt && { NextActionAt: nextActionAt.toISOString() }),
    },
  };
}
