import { addCycle } from '#domain/calendar/civil-dates.ts';
import { renewalIssueAt } from '#domain/calendar/renewal-calendar.ts';
import { Subscription } from '#db/entities/index.ts';
import { inTransaction, LOCKED } from '#db/orm.ts';
import type { ActivityParts } from '../parts.ts';
import { openTask } from '#db/desk/tasks.ts';

export interface SubscriptionState {
  ended: boolean;
  nextAction: string;
  /** Null where nothing will ever be due by itself. */
  nextActionAtMs: number | null;
}

const ENDED = ['canceled', 'terminated'];

export const createSubscriptionActivities = ({ orm }: Pick<ActivityParts, 'orm'>) => ({
  /** The row as it stands. */
  async readSubscription({ subscriptionId }: { subscriptionId: string }): Promise<SubscriptionState> {
    return stateOf(await orm.em.fork().findOneOrFail(Subscription, subscriptionId));
  },

  /** What was due is told to staff, once, and the calendar moves to the period after. */
  announceDueAction: ({
    subscriptionId,
    action,
    dueAtMs,
    asOf,
  }: {
    subscriptionId: string;
    action: string;
    dueAtMs: number;
    asOf: number;
  }): Promise<SubscriptionState> =>
    inTransaction(orm, async (em) => {
      const subscription = await em.findOneOrFail(Subscription, subscriptionId, LOCKED);
      if (ENDED.includes(subscription.status) || subscription.nextActionAt?.getTime() !== dueAtMs)
        return stateOf(subscription);
      openTask(
        em,
        {
          key: `due/${subscriptionId}/${dueAtMs}`,
          kind: 'action_due',
          text: `Subscription ${subscription.reference}: ${action} is due for the period from ${subscription.paidThrough}.`,
          customerId: subscription.customerId,
          orderId: subscription.orderId,
        },
        new Date(asOf),
      );
      subscription.nextActionAt = followingIssue(subscription, dueAtMs);
      return stateOf(subscription);
    }),
});
export type SubscriptionActivities = ReturnType<typeof createSubscriptionActivities>;

const stateOf = ({ status, nextAction, nextActionAt }: Subscription): SubscriptionState => ({
  ended: ENDED.includes(status),
  nextAction: nextAction ?? 'none',
  nextActionAtMs: nextActionAt?.getTime() ?? null,
});

/** The issue date after one that was due, counted from the anchor so that month ends do not drift. */
function followingIssue({ anchorDay, paidThrough, cycle, billingZone }: Subscription, dueAtMs: number): Date | null {
  if (cycle === 'one_time' || !paidThrough) return null;
  for (let k = 1; ; k += 1) {
    const at = renewalIssueAt(addCycle(anchorDay, paidThrough, cycle, k), cycle, billingZone);
    if (at.getTime() > dueAtMs) return at;
  }
}
