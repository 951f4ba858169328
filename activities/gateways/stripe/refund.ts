import type Stripe from 'stripe';
import { VendorRefused } from '#activities/vendor.ts';
import type { RefundOutcome, RefundRequest } from '../gateway.ts';
import { toStripe } from './amounts.ts';
import type { StripeApi } from './client.ts';
import { isStripeFailure, type StripeFailure } from './errors.ts';

const REFUSALS = new Set([
  'charge_already_refunded',
  'charge_disputed',
  'charge_not_refundable',
  'refund_disputed_payment',
]);

/** Stripe gives no code when the amount is more than is left, only the parameter. */
const isRefusal = (error: unknown): error is StripeFailure =>
  isStripeFailure(error) &&
  error.type === 'StripeInvalidRequestError' &&
  (REFUSALS.has(error.code ?? '') || (error.param === 'amount' && error.code !== 'amount_too_small'));

/** Looks before it acts: a payment has few refunds, and a key forgets after a day. */
export function createRefund(api: StripeApi) {
  const find = ({ gatewayPaymentId, refundId, env }: RefundRequest): Promise<Stripe.Refund | null> =>
    api.read(`look for refund ${refundId}`, async (stripe) => {
      for await (const refund of stripe.refunds.list({ payment_intent: gatewayPaymentId, limit: 100 })) {
        if (refund.metadata?.refund_id === refundId && refund.metadata.env === env) return refund;
      }
      return null;
    });

  return async (request: RefundRequest): Promise<RefundOutcome> => {
    const { key, refundId, env, gatewayPaymentId, amount, reason, creditNoteNumber } = request;
    if (!gatewayPaymentId.startsWith('pi_')) {
      throw new VendorRefused(`"${gatewayPaymentId}" is not a Stripe payment; check the row of refund ${refundId}.`);
    }
    const refund =
      (await find(request)) ??
      (await api.write<Stripe.Refund | StripeFailure>(`refund payment ${gatewayPaymentId}`, {
        key,
        send: (stripe, options) =>
          stripe.refunds.create(
            {
              payment_intent: gatewayPaymentId,
              amount: toStripe(amount).amount,
              reason,
              metadata: { env, refund_id: refundId, ...(creditNoteNumber ? { credit_note: creditNoteNumber } : {}) },
            },
            options,
          ),
        find: () => find(request),
        answer: (error) => (isRefusal(error) ? error : undefined),
      }));
    if (isStripeFailure(refund)) return { outcome: 'failed', reason: refund.message };
    return outcomeOf(refund);
  };
}

/** `succeeded` may still turn to `failed` days later; that comes as an event. */
function outcomeOf({ id, status, failure_reason: why }: Stripe.Refund): RefundOutcome {
  if (status === 'succeeded') return { outcome: 'refunded', gatewayRefundId: id };
  if (status === 'failed' || status === 'canceled') {
    return { outcome: 'failed', gatewayRefundId: id, reason: why ?? `the refund is ${status} at Stripe` };
  }
  return { outcome: 'pending', gatewayRefundId: id };
}
