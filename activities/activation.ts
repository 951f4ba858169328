import { renewalIssueAt } from '#domain/renewal-calendar.ts';
import { subscriptionWorkflow, WORKFLOW_TYPES } from '#domain/workflow-ids.ts';
import { civilDate, periodEnd } from '#domain/civil-dates.ts';
import { audit } from '#db/audit.ts';
import { Order, PaymentAttempt, Service, Subscription, WebhookInbox } from '#db/entities/index.ts';
import { type Em, inTransaction, LOCKED } from '#db/orm.ts';
import { startLater } from '#db/outbox.ts';
import { explain } from './booking.ts';
import type { ActivityParts } from './parts.ts';
import { tell } from './story.ts';

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
        await tell(em, order, { key: 'active', text: 'The service is active' }, now);
        audit(em, {
          at: now,
          actor: { type: 'workflow', id: `order/${orderId}` },
          action: 'service.activated',
          object: { type: 'service', id: serviceId },
          customerId: order.customerId,
          after: { paidThrough: subscription.paidThrough },
        });
      }
      const explained = await ofBookedPayment(em, orderId, inboxIds);
      await explain(em, explained);
      return { explained };
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

/** Events that say nothing but what is booked: same payment, or the checkout it came through. */
async function ofBookedPayment(em: Em, orderId: string, inboxIds: string[]): Promise<string[]> {
  if (inboxIds.length === 0) return [];
  const attempts = await em.find(PaymentAttempt, { orderId, status: 'succeeded' });
  const payments = new Set(attempts.map(({ gatewayPaymentId }) => gatewayPaymentId));
  const checkouts = new Set(attempts.map(({ checkoutId }) => checkoutId));
  const rows = await em.find(WebhookInbox, { id: { $in: inboxIds } });
  return rows
    .filter(({ subject, gatewayPaymentId, checkoutId }) => {
      if (subject === 'refund' || subject === 'dispute') return false;
      return gatewayPaymentId ? payments.has(gatewayPaymentId) : checkouts.has(checkoutId ?? '');
    })
    .map(({ id }) => id);
}
