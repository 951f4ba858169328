import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { CheckoutActivities } from '#activities/money/checkout/open-checkout.ts';
import type { MailActivities } from '#activities/mail/notices.ts';
import type { PaymentActivities } from '#activities/money/payments/book-payment.ts';
import type { PlacementActivities } from '#activities/services/placement/place-service.ts';
import type { AccountActivities } from '#activities/services/accounts/ensure-account.ts';
import type { ManualTaskActivities } from '#activities/services/accounts/manual-tasks.ts';
import type { CleanUpActivities } from '#activities/services/former-nodes/clean-up.ts';
import type { ActivationActivities } from '#activities/orders/activate-service.ts';
import { ALERT_AFTER_MS, nextWaitStep } from '#domain/calendar/order-calendar.ts';
import { isStop, type Stop } from '#domain/workflows/stop.ts';
import { hearCancellation } from '../parking/cancellation.ts';
import { openManualTask } from '../parking/manual-tasks.ts';
import { Aborted, Incidents, stopOf, type IncidentSubject, type Try } from '../parking/incidents.ts';
import type { OrderToFulfill } from '#domain/workflows/workflow-arguments.ts';
import { MESSAGES } from '../messages.ts';
import { books, cleanUp, gateway, mail, ownRows, panel } from '../parking/retries.ts';
import { Phase } from '../search-attributes.ts';
import { settle } from '../money/settle-events.ts';
import { STEPS } from './steps.ts';
import { undoOrder } from './undo-order.ts';

export const paymentReported = defineSignal<string[]>(MESSAGES.paymentReported);
export const paymentRecorded = defineSignal(MESSAGES.paymentRecorded);

/**
 * Makes one paid order exactly one working account, or ends it unpaid after seven days.
 * Started by the outbox as `order/<order>` in the wake of the order's own transaction. Safe to run again: every
 * activity finds what it did before, and gateways and panels are keyed by the order's own rows.
 */
export async function fulfillOrder(order: OrderToFulfill): Promise<'active' | 'canceled' | 'refunded'> {
  const told: string[] = [];
  let recorded = 0;
  const subject: IncidentSubject = { customerId: order.customerId, orderId: order.orderId };
  const incidents = new Incidents(() => subject);
  const hear = (...inboxIds: string[]) => {
    told.push(...inboxIds.filter((id) => !told.includes(id)));
    incidents.nudge();
  };
  setHandler(paymentReported, hear, {
    description: 'Gateway events of this order lie in the inbox. Arguments: the inbox rows.',
  });
  setHandler(
    paymentRecorded,
    () => {
      recorded += 1;
      incidents.nudge();
    },
    { description: 'Staff have recorded a transfer that pays this order.' },
  );
  const news = { told, count: () => told.length + recorded };
  return hearCancellation(
    () => incidents.hearCancel(),
    () => fulfill(order, news, subject, incidents),
  );
}

/** What an order is told of its payment. */
interface News {
  /** Inbox rows. */
  told: string[];
  /** Grows with each happening. */
  count(): number;
}

/** @param subject  of its incidents; learns of the service once there is one */
async function fulfill(order: OrderToFulfill, news: News, subject: IncidentSubject, incidents: Incidents) {
  const { told } = news;
  try {
    if (!(await takePayment(order, news, incidents))) {
      await explainLateEvents(told, [], incidents);
      return 'canceled' as const;
    }

    upsertSearchAttributes([{ key: Phase, value: 'paid' }]);
    const placed = await incidents.step(STEPS.placement, ({ options, input }) =>
      proxyLocalActivities<PlacementActivities>(options(ownRows)).placeService({
        ...order,
        nodeId: input.nodeId,
        asOf: Date.now(),
      }),
    );
    subject.serviceId = placed.serviceId;

    await incidents.step(
      STEPS.account,
      (attempt) => makeAccount(order, placed.serviceId, attempt),
      async (because) => {
        await openManualTask({ serviceId: placed.serviceId, what: 'make', because });
        return 'by_hand' as const;
      },
    );
    await incidents.step(
      STEPS.welcome,
      ({ options }) =>
        proxyActivities<MailActivities>(options(mail)).sendWelcome({
          ...order,
          serviceId: placed.serviceId,
          asOf: Date.now(),
        }),
      () => undefined,
    );
    const { explained } = await incidents.step(STEPS.activation, ({ options }) =>
      proxyLocalActivities<ActivationActivities>(options(ownRows)).activateService({
        ...order,
        serviceId: placed.serviceId,
        inboxIds: told,
        asOf: Date.now(),
      }),
    );
    await explainLateEvents(told, explained, incidents);
    return 'active' as const;
  } catch (error) {
    if (!(error instanceof Aborted)) throw error;
    const end = await undoOrder(order, subject.serviceId, error, incidents);
    await explainLateEvents(told, [], incidents);
    return end;
  }
}

/** @returns whether the invoice is paid; false when the order was given up unpaid */
async function takePayment(order: OrderToFulfill, { told, count }: News, incidents: Incidents): Promise<boolean> {
  const open = (number: number) =>
    incidents.step(STEPS.checkout, ({ options }) =>
      proxyActivities<CheckoutActivities>(options(gateway)).openCheckout({ ...order, number, asOf: Date.now() }),
    );
  const look = () => {
    // What was told up to here is covered by what the gateway answers now.
    const inboxIds = [...told];
    const book = (options: ActivityOptions, accept: boolean) =>
      proxyActivities<PaymentActivities>(options).bookPayment({ ...order, inboxIds, accept, asOf: Date.now() });
    return incidents.step(
      STEPS.payment,
      ({ options }) => book(options(gateway), false),
      () => book(gateway, true),
    );
  };

  let checkout = await open(1);
  if (checkout.needsNoCheckout) return (await look()).state === 'paid';

  const openedAt = Date.now();
  for (let after = openedAt, seen = 0; ;) {
    const step = nextWaitStep(openedAt, after);
    const woken = await condition(
      () => count() > seen || incidents.isCancelAsked,
      Math.max(1, step.atMs - Date.now()),
      { summary: WAITS[step.do] },
    );
    seen = count();
    if (!woken) after = step.atMs;
    if (!woken && step.do === 'remind') {
      remind(order, step.ordinal);
      continue;
    }
    if (!woken && step.do === 'cancel') {
      const end = await giveUp(order, incidents);
      if (end === 'canceled') return false;
    }
    const { state } = await look();
    if (state === 'paid') return true;
    // The hosted page closed with nobody paying: the customer gets a new one while the order is open.
    if (state === 'expired') checkout = await open(checkout.number + 1);
  }
}

/** What a timer waits for, as the Temporal UI shows it. */
const WAITS = {
  look: 'until the gateway is asked by itself',
  remind: 'until the customer is reminded to pay',
  cancel: 'until the unpaid order is canceled',
} as const;

/** Sent beside the waiting: a mail server that is away must not keep us from looking for the payment. */
function remind(order: OrderToFulfill, ordinal: number): void {
  proxyActivities<MailActivities>(mail)
    .sendPaymentReminder({ ...order, ordinal, asOf: Date.now() })
    // Its notice row says that it was never sent; the next reminder, or the order's end, still comes.
    .catch(() => undefined);
}

/** Closes the page at the gateway and the invoice with it; a customer who was faster is served after all. */
const giveUp = (order: OrderToFulfill, incidents: Incidents): Promise<'canceled' | 'paid'> =>
  incidents.step(STEPS.cancel, ({ options }) =>
    proxyActivities<CheckoutActivities>(options(gateway)).cancelUnpaid({
      ...order,
      because: 'unpaid for 7 days',
      asOf: Date.now(),
    }),
  );

/** The panel call, with staff told when it has not succeeded after an hour. */
async function makeAccount(order: OrderToFulfill, serviceId: string, { options, input }: Try): Promise<'ready' | Stop> {
  const { nodeId, username } = input;
  if (nodeId) {
    const { placeService } = proxyLocalActivities<PlacementActivities>(ownRows);
    const moved = await placeService({ ...order, nodeId, username, asOf: Date.now() });
    if (isStop(moved)) return moved;
    if (moved.hasFormerNodes) await cleanUpFormerNodes(serviceId, options);
  }
  return await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const account = proxyActivities<AccountActivities>(options(panel)).ensureAccount({
      serviceId,
      username: input.username,
      packageId: input.packageId,
      asOf: Date.now(),
    });
    sleep(ALERT_AFTER_MS, { summary: 'alert staff' })
      .then(() => proxyActivities<ManualTaskActivities>(books).reportSlowAccount({ serviceId, asOf: Date.now() }))
      // Cancelled with the scope when the account is there, which is nearly always.
      .catch(() => undefined);
    try {
      return await account;
    } finally {
      scope.cancel();
    }
  });
}

/** The new slot is sure. A panel that the service leaves must not hold it up: what it does not do goes to staff. */
async function cleanUpFormerNodes(serviceId: string, options: Try['options']): Promise<void> {
  try {
    await proxyActivities<CleanUpActivities>(options(cleanUp)).cleanUpFormerNodes({ serviceId, asOf: Date.now() });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    await openManualTask({ serviceId, what: 'look', because: stopOf(error).message });
  }
}

/** Events that came while the account was made: most are of the payment that is booked; a second payment is not. */
async function explainLateEvents(told: readonly string[], explained: string[], incidents: Incidents) {
  const done = new Set(explained);
  for (;;) {
    const inboxIds = told.filter((id) => !done.has(id));
    if (inboxIds.length === 0) return;
    for (const id of inboxIds) done.add(id);
    await settle(inboxIds, incidents);
  }
}
