/** What PayPal's objects mean for us. Pure. A payment is judged by its capture: an order COMPLETED may hold a declined one. */
import type {
  ChargeOutcome,
  CheckoutState,
  Decline,
  DeclineClass,
  SavedMethod,
  SettledPayment,
} from '#activities/gateways/gateway.ts';
import { referenceOf } from '../wire/references.ts';
import type { Capture, Order } from '../wire/replies.ts';
import { decisiveIssue, type IssueClass } from '../wire/issues.ts';
import type { PaypalProblem } from '../wire/errors.ts';

/** Money moved, even if some or all of it went back since. */
const MOVED = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED']);
const FAILED = new Set(['DECLINED', 'FAILED']);

export const hasMoved = ({ status }: Capture) => MOVED.has(status);

/** The capture that counts: one whose money is here, else one on its way, else the last that failed. */
export function decisiveCapture(order: Order): Capture | undefined {
  const captures = order.purchase_units.flatMap(({ payments }) => payments?.captures ?? []);
  return captures.find(hasMoved) ?? captures.find(({ status }) => !FAILED.has(status)) ?? captures.at(-1);
}

export interface Beside {
  checkoutId?: string | undefined;
  method?: SavedMethod | undefined;
  requestId?: string | undefined;
}

export function settledPayment(capture: Capture, beside: Beside = {}): SettledPayment {
  return {
    gatewayPaymentId: capture.id,
    amount: capture.amount,
    paidAt: capture.create_time,
    reference: referenceOf(capture.custom_id),
    checkoutId: beside.checkoutId ?? capture.supplementary_data?.related_ids?.order_id,
    method: beside.method,
    requestId: beside.requestId,
  };
}

/** The wallet kept with this order, once PayPal has stored it. */
export function vaultedMethod(order: Order): SavedMethod | undefined {
  const vault = order.payment_source?.paypal?.attributes?.vault;
  if (vault?.status !== 'VAULTED' || !vault.id || !vault.customer?.id) return undefined;
  return { methodId: vault.id, gatewayCustomerId: vault.customer.id, kind: 'paypal' };
}

/** Capture reasons that only the merchant can end, in PayPal's account pages. */
const NEEDS_MERCHANT = new Set(['RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION', 'UNILATERAL']);

const pendingReason = ({ status_details }: Capture) => {
  const reason = status_details?.reason ?? 'PENDING';
  return NEEDS_MERCHANT.has(reason) ? `${reason}: accept the payment in the PayPal account` : reason;
};

const capturedDecline = ({ status, status_details }: Capture): Decline =>
  status_details?.reason === 'DECLINED_BY_RISK_FRAUD_FILTERS'
    ? decline('hard', 'DECLINED_BY_RISK_FRAUD_FILTERS')
    : decline('soft', status_details?.reason ?? status);

/** Where a hosted order stands. One that is APPROVED waits for our capture and counts as open here. */
export function checkoutState(order: Order, beside: Beside): CheckoutState {
  const capture = decisiveCapture(order);
  if (capture && hasMoved(capture)) {
    return { state: 'paid', payment: settledPayment(capture, { checkoutId: order.id, ...beside }) };
  }
  // The page of an order with a capture is over: another try needs another order.
  if (capture && FAILED.has(capture.status)) return { state: 'expired', decline: capturedDecline(capture) };
  if (capture) return { state: 'pending', reason: pendingReason(capture) };
  if (order.status === 'VOIDED') return { state: 'expired' };
  return order.status === 'COMPLETED' ? { state: 'pending', reason: 'COMPLETED_WITHOUT_CAPTURE' } : { state: 'open' };
}

export function chargeOutcome(order: Order, beside: Beside): ChargeOutcome {
  const capture = decisiveCapture(order);
  if (!capture) {
    return order.status === 'COMPLETED'
      ? { outcome: 'pending', gatewayPaymentId: order.id, reason: 'COMPLETED_WITHOUT_CAPTURE' }
      : { outcome: 'action_required' };
  }
  return captureOutcome(capture, { checkoutId: order.id, ...beside });
}

export function captureOutcome(capture: Capture, beside: Beside): ChargeOutcome {
  const { id: gatewayPaymentId } = capture;
  if (hasMoved(capture)) return { outcome: 'paid', payment: settledPayment(capture, beside) };
  if (FAILED.has(capture.status)) return { outcome: 'declined', decline: capturedDecline(capture), gatewayPaymentId };
  return { outcome: 'pending', gatewayPaymentId, reason: pendingReason(capture) };
}

const CLASS_OF: Partial<Record<IssueClass, DeclineClass>> = {
  soft: 'soft',
  customer_action: 'authentication',
  stop_order: 'soft',
  hard: 'hard',
  merchant: 'merchant',
};

/** The decline behind a refusal, or undefined where it is none: a mistake of ours, or already done. */
export function refusalAsDecline(problem: PaypalProblem, issueClass: IssueClass): Decline | undefined {
  const found = CLASS_OF[issueClass];
  return found && decline(found, decisiveIssue(problem.issues, problem.httpStatus) ?? problem.name);
}

const SAY: Partial<Record<DeclineClass, string>> = {
  hard: 'PayPal cannot use this account for the payment. Please choose another payment method.',
  authentication: 'PayPal needs your confirmation for this payment. Please open the payment page.',
  merchant: 'PayPal cannot take payments for us at the moment. Please choose another payment method.',
};

const decline = (kind: DeclineClass, code: string): Decline => ({
  class: kind,
  code,
  message: SAY[kind] ?? 'PayPal declined the payment. Please choose another way to pay in PayPal, or try again later.',
});
