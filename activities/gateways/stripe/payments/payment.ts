/** Reads what a PaymentIntent says: money that moved, or why it did not. Pure. */
import type Stripe from 'stripe';
import type { Decline, SettledPayment } from '#activities/gateways/gateway.ts';
import { fromStripe } from '../wire/amounts.ts';
import { toSavedMethod } from '../methods/saved-method.ts';
import { toDecline, type DeclineSignals } from './declines.ts';
import { fromMetadata } from '../wire/reference.ts';

/** Expand these wherever a PaymentIntent is read. */
export const INTENT_PARTS = ['latest_charge', 'payment_method'];

const chargeOf = (intent: Stripe.PaymentIntent): Stripe.Charge | undefined =>
  intent.latest_charge && typeof intent.latest_charge === 'object' ? intent.latest_charge : undefined;

/** @param intent  with `INTENT_PARTS` expanded, status `succeeded` */
export function toSettledPayment(
  intent: Stripe.PaymentIntent,
  more: { checkoutId?: string; requestId?: string | undefined } = {},
): SettledPayment {
  return {
    gatewayPaymentId: intent.id,
    amount: fromStripe(intent.amount_received, intent.currency),
    paidAt: new Date((chargeOf(intent)?.created ?? intent.created) * 1_000),
    reference: fromMetadata(intent.metadata),
    method: toSavedMethod(intent.payment_method),
    ...more,
  };
}

export function declineSignals(intent: Stripe.PaymentIntent): DeclineSignals {
  const { last_payment_error: error } = intent;
  const outcome = chargeOf(intent)?.outcome;
  return {
    code: error?.code,
    declineCode: error?.decline_code,
    adviceCode: error?.advice_code ?? outcome?.advice_code,
    networkAdviceCode: error?.network_advice_code ?? outcome?.network_advice_code,
    outcomeReason: outcome?.reason,
  };
}

/** Undefined when nothing was tried yet. */
export const declineOf = (intent: Stripe.PaymentIntent): Decline | undefined =>
  intent.last_payment_error ? toDecline(declineSignals(intent)) : undefined;
