import {
  condition,
  defineSignal,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { SubscriptionActivities } from '#activities/subscriptions/subscriptions.ts';
import { hearCancellation } from '../parking/cancellation.ts';
import { keepTrying } from '../parking/retries.ts';
import { NextActionAt } from '../search-attributes.ts';

/** The mailbox's snapshot: absolute times only, so that it survives continuing as new. */
export interface KeptSubscription {
  subscriptionId: string;
  customerId: string;
  serviceId: string;
  nextAction: string;
  /** Null where nothing will ever be due by itself: then only what it is told wakes it. */
  nextActionAtMs: number | null;
  /** Ids of the last commands, newest last: a repeat of one is dropped. */
  seen?: string[];
}

/** A fact about the subscription; its row is read again, so order and duplicates do not matter. */
export const subscriptionChanged = defineSignal<[{ id: string }]>('subscriptionChanged');

const SEEN_KEPT = 200;
/** A sleep is cut here, so that a run hears of new code and configuration at least this often. */
const LONGEST_SLEEP_MS = 7 * 24 * 3_600_000;

/**
 * The subscription's mailbox and calendar, nothing else: it sleeps until the next action and has every procedure
 * run elsewhere. Started as `subscription/<subscription>` when the service becomes active, with its first action as the
 * delay of the start: until then, or until something is told, it costs no task of a worker. Ends with the subscription.
 * Continues as new after each action, so its history stays short whatever its age.
 */
export const keepSubscription = (kept: KeptSubscription): Promise<'ended'> =>
  hearCancellation(
    () => setCurrentDetails(NOT_CANCELLED),
    () => keep(kept),
  );

const NOT_CANCELLED = `### Asked to be cancelled

This keeper goes on: without it nothing would be due for the subscription any more. It ends when the subscription does.`;

async function keep(kept: KeptSubscription): Promise<'ended'> {
  const seen = [...(kept.seen ?? [])];
  let changed = false;
  setHandler(
    subscriptionChanged,
    ({ id }) => {
      if (seen.includes(id)) return;
      seen.push(id);
      changed = true;
    },
    { description: 'The subscription row changed; it is read again. Argument: an id that is new for each change.' },
  );

  const { readSubscription, announceDueAction } = proxyActivities<SubscriptionActivities>(keepTrying);
  for (;;) {
    const { subscriptionId, nextAction: action, nextActionAtMs: dueAtMs } = kept;
    if (dueAtMs === null) {
      await condition(() => changed);
    } else {
      const wait = Math.min(dueAtMs - Date.now(), LONGEST_SLEEP_MS);
      if (wait > 0) await condition(() => changed, wait, { summary: `until the next action: ${action}` });
    }
    const due = dueAtMs !== null && Date.now() >= dueAtMs;
    if (!changed && !due) continue;
    changed = false;
    const now = due
      ? await announceDueAction({ subscriptionId, action, dueAtMs, asOf: Date.now() })
      : await readSubscription({ subscriptionId });
    if (now.ended) return 'ended';
    if (now.nextActionAtMs !== null) {
      upsertSearchAttributes([{ key: NextActionAt, value: new Date(now.nextActionAtMs) }]);
    }
    if (changed) continue;
    await makeContinueAsNewFunc<typeof keepSubscription>()({
      ...kept,
      nextAction: now.nextAction,
      nextActionAtMs: now.nextActionAtMs,
      seen: seen.slice(-SEEN_KEPT),
    });
  }
}
