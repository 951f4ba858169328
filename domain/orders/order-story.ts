import { vendorLabel, type PaidThrough } from '#domain/vendors.ts';

/**
 * What an order's page says: what happened so far and what comes next, in plain words. Customers read what
 * concerns them and never why our side stands still; staff read everything.
 */
export type StoryStatus = 'awaiting_payment' | 'provisioning' | 'active' | 'canceled' | 'refunded';

export interface StoryEvent {
  id: string;
  /** `placed`, `paid`; kinds that begin with `staff_` are for staff only. */
  kind: string;
  text: string;
  at: Date;
}

/** A step that waits for a person. */
export interface StoryIncident {
  step: string;
  reason: string;
  openedAt: Date;
}

export interface OrderFacts {
  status: StoryStatus;
  gateway: PaidThrough;
  placedAt: Date;
  paidAt: Date | null;
  checkoutUrl: string | null;
  checkoutExpiresAt: Date | null;
  endedBecause: string | null;
  events: readonly StoryEvent[];
  /** The gateway has the customer's payment and is not done with it: a bank debit, or a payment under review. */
  isPaymentPending: boolean;
  /** A step waits for a person; all that a customer learns of it. */
  isParked: boolean;
  /** Open ones only; ignored for customers. */
  incidents: readonly StoryIncident[];
}

export type Audience = 'customer' | 'staff';

export interface OrderStory {
  happened: { at: Date; kind: string; text: string }[];
  next: {
    /** Who moves next; `nobody` when the order has ended, well or not. */
    waitingFor: 'customer' | 'us' | 'nobody';
    text: string;
    /** It takes longer than customers should wait without a word. */
    takingLonger: boolean;
  };
  /** Nothing about the order changes any more. */
  final: boolean;
}

/** After this long on our side a customer is told that it takes longer. Source: automation defaults, 11. */
export const TAKING_LONGER_AFTER_MS = 15 * 60_000;
/** A checkout page that is not there after this long is late. */
const CHECKOUT_LATE_AFTER_MS = 60_000;

/** Happenings whose text holds what staff wrote: a customer reads the fact alone. */
const PLAIN: Readonly<Record<string, string>> = { canceled: 'Order canceled' };

/** True once nothing about the order changes any more. */
export const isFinal = (status: StoryStatus): boolean =>
  status === 'active' || status === 'canceled' || status === 'refunded';

export function orderStory(order: OrderFacts, audience: Audience, now: Date): OrderStory {
  return {
    happened: order.events
      .filter(({ kind }) => audience === 'staff' || !kind.startsWith('staff_'))
      .map(({ at, kind, text }) => ({ at, kind, text: audience === 'staff' ? text : (PLAIN[kind] ?? text) })),
    next: nextOf(order, audience, now),
    final: isFinal(order.status),
  };
}

function nextOf(order: OrderFacts, audience: Audience, now: Date): OrderStory['next'] {
  const nobody = (text: string) => ({ waitingFor: 'nobody' as const, text, takingLonger: false });
  const us = (text: string, takingLonger: boolean) => ({ waitingFor: 'us' as const, text, takingLonger });

  const [incident] = order.incidents;
  if (incident && audience === 'staff' && !isFinal(order.status)) {
    return us(`${incident.step} waits for a decision: ${incident.reason}. See the incident.`, true);
  }
  switch (order.status) {
    case 'awaiting_payment':
      return awaitingPayment(order, now);
    case 'provisioning': {
      if (order.isParked) {
        return us(
          'Your payment has arrived. Setting up waits for our staff, who know about it. You need not do anything: we will write to you when it is ready.',
          true,
        );
      }
      const late = takesLonger(order, now);
      return us(
        late
          ? 'Setting up takes longer than usual. You need not do anything: we are on it and will write to you when it is ready.'
          : 'Your account is being set up. This usually takes less than a minute.',
        late,
      );
    }
    case 'active':
      return nobody('Your account is ready. The link to set its password is in your mail.');
    case 'canceled':
      return nobody(`This order was canceled${becauseOf(order.endedBecause, audience)}. Nothing more will be charged.`);
    case 'refunded':
      return nobody(`This order was refunded${becauseOf(order.endedBecause, audience)}. The money is on its way back.`);
  }
}

function awaitingPayment(order: OrderFacts, now: Date): OrderStory['next'] {
  const us = (text: string, takingLonger: boolean) => ({ waitingFor: 'us' as const, text, takingLonger });
  if (order.gateway === 'recorded') return us('The payment we received is being booked.', takesLonger(order, now));
  const gateway = vendorLabel(order.gateway);
  if (order.isParked) {
    return us(`This order waits for our staff, who know about it. You can leave: we will write to you.`, true);
  }
  if (order.isPaymentPending) {
    return us(
      `${gateway} is still working on your payment. With a bank debit or a review that can take some days. You need not pay again: the set-up starts by itself when it is confirmed.`,
      false,
    );
  }
  const open = order.checkoutUrl && (!order.checkoutExpiresAt || order.checkoutExpiresAt > now);
  if (open) {
    return {
      waitingFor: 'customer',
      text: `Pay at ${gateway} to start the set-up. Paid already? We are waiting for ${gateway} to confirm it.`,
      takingLonger: false,
    };
  }
  if (order.checkoutUrl) {
    return us(`The payment page at ${gateway} has closed. We are checking whether a payment arrived.`, false);
  }
  const late = now.getTime() - order.placedAt.getTime() > CHECKOUT_LATE_AFTER_MS;
  return us(
    late
      ? `Opening the payment page at ${gateway} takes longer than usual. You can leave: we will write to you.`
      : `The payment page at ${gateway} is being opened.`,
    late,
  );
}

/** Counted from the payment, which is when the customer begins to wait for us. */
const takesLonger = ({ paidAt, placedAt }: OrderFacts, now: Date) =>
  now.getTime() - (paidAt ?? placedAt).getTime() >= TAKING_LONGER_AFTER_MS;

/** Reasons are written for staff; a customer gets the fact. */
const becauseOf = (reason: string | null, audience: Audience) =>
  reason && audience === 'staff' ? `: ${reason.replace(/\.$/, '')}` : '';
