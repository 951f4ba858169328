import { renewalIssueAt } from '#domain/calendar/renewal-calendar.ts';
import { subscriptionWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import { civilDate, periodEnd } from '#domain/calendar/civil-dates.ts';
import { audit } from '#db/audit/entry.ts';
import { Order, Service, Subscription } from '#db/entities/index.ts';
import { type Em, inTransaction, LOCKED } from '#db/orm.ts';
import { startLater } from '#db/messages/outbox.ts';
import type { ActivityParts } from '../parts.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';

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

export const createActivationActivities = ({ orm }: Pick<ActivityParts, 'orm'>) => ({
  /**
   * The service is live: its first period begins today. The start of `keepSubscription` lies in the outbox of the same
   * transaction, so no subscription is active without the workflow that keeps it.
   */
  activateService: ({ orderId, serviceId, inboxIds, asOf }: ServiceToActivate): Promise<Activated> =>
    inTransaction(orm, async (em) => {
      const order = await em.findOneOrFail(Order, orderId, LOCKED);
      const service = await em.findOneOrFail(Service, serviceId);
      const subscription = await em.findOneOrFail(Subscription, { orderId });
      if (order.status !== 'active') {
        const now = new Date(asOf);
        subscription.status = 'active';
        subscription.periodStart = civilDate(now, subscription.billingZone);
        subscription.anchorDay = Number(subscription.periodStart.slice(8));
        subscription.paidThrough = periodEnd(subscription.periodStart, subscription.anchorDay, subscription.cycle);
        subscription.nextAction = 'renew';
        subscription.nextActionAt = renewalIssueAt(
          subscription.paidThrough,
          subscription.cycle,
          subscription.billingZone,
        );
        service.status = 'active';
        service.activeAt = now;
        order.status = 'active';
        order.activeAt = now;
        keepLater(em, subscription, serviceId, now);
        addOrderEvent(em, order, { key: 'active', text: 'The service is active' }, now);
        audit(em, {
          at: now,
          actor: { type: 'workflow', id: `order/${orderId}` },
          action: 'service.activated',
          object: { type: 'service', id: serviceId },
          customerId: order.customerId,
          after: { paidThrough: subscription.paidThrough },
        });
      }
      return { explained: await explainBooked(em, orderId, inboxIds) };
    }),
});
export type ActivationActivities = ReturnType<typeof createActivationActivities>;

function keepLater(em: Em, subscription: Subscription, serviceId: string, now: Date): void {
  const { id: subscriptionId, customerId, nextAction, nextActionAt } = subscription;
  const kept = { subscriptionId, customerId, serviceId, nextAction, nextActionAtMs: nextActionAt!.getTime() };
  const search = {
    Phase: 'active',
    CustomerId: customerId,
    ServiceId: serviceId,
    NextActionAt: nextActionAt!.toISOString(),
  };
  startLater(
    em,
    { workflowId: subscriptionWorkflow(subscriptionId), type: WORKFLOW_TYPES.keepSubscription, args: [kept], search },
    now,
  );
}

/**
 * Explains the events that say nothing but what is booked: of the same payment, or of the checkout it came through.
 * @returns their ids, also of those that were explained before
 */
async function explainBooked(em: Em, orderId: string, inboxIds: string[]): Promise<string[]> {
  if (inboxIds.length === 0) return [];
  const rows = await em.execute<{ id: string }[]>(
    `update webhook_inbox w set outcome = coalesce(w.outcome, 'told') from payment_attempt a
     where w.id = any(?::uuid[]) and w.subject in ('checkout', 'payment') and a.order_id = ? and a.status = 'succeeded'
       and a.gateway = w.gateway
       and case when w.gateway_payment_id is null then a.checkout_id = w.checkout_id else a.gateway_payment_id = w.gateway_payment_id end
     returning w.id`,
    [`{${inboxIds.join()}}`, orderId],
  );
  return rows.map(({ id }) => id);
}
