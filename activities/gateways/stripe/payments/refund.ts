import type Stripe from 'stripe';
import { VendorRefused } from '#activities/http/vendor.ts';
import {
  refundOf,
  type Gateway,
  type OurRefund,
  type RefundOutcome,
  type RefundRequest,
  type RefundTry,
} from '#activities/gateways/gateway.ts';
import { toStripe } from '../wire/amounts.ts';
import type { StripeApi } from '../wire/client.ts';
import { isStripeFailure, type StripeFailure } from '../wire/errors.ts';

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
export function createRefunds(api: StripeApi): Pick<Gateway, 'refund' | 'findRefunds'> {
  const findRefunds = ({ gatewayPaymentId, refundId, env }: OurRefund): Promise<RefundTry[]> =>
    api.read(`look for refund ${refundId}`, async (stripe) => {
      const tries: RefundTry[] = [];
      for await (const refund of stripe.refunds.list({ payment_intent: gatewayPaymentId, limit: 100 })) {
        if (refund.metadata?.refund_id === refundId && refund.metadata.env === env) tries.push(tryOf(refund));
      }
      return tries;
    });
  const find = async (request: RefundRequest) => refundOf(await findRefunds(request), request.number);

  return {
    findRefunds,
    async refund(request) {
      const { key, refundId, number, env, gatewayPaymentId, amount, reason, creditNoteNumber } = request;
      if (!gatewayPaymentId.startsWith('pi_')) {
        throw new VendorRefused(`"${gatewayPaymentId}" is not a Stripe payment; check the row of refund ${refundId}.`);
      }
      const found = await find(request);
      if (found) return outcomeOf(found);
      const metadata = { env, refund_id: refundId, try: String(number) };
      const made = await api.write<RefundTry | StripeFailure>(`refund payment ${gatewayPaymentId}`, {
        key,
        send: async (stripe, options) =>
          tryOf(
            await stripe.refunds.create(
              {
                payment_intent: gatewayPaymentId,
                amount: toStripe(amount).amount,
                reason,
                metadata: { ...metadata, ...(creditNoteNumber ? { credit_note: creditNoteNumber } : {}) },
              },
              options,
            ),
          ),
        find: () => find(request),
        answer: (error) => (isRefusal(error) ? error : undefined),
      });
      return isStripeFailure(made) ? { outcome: 'failed', reason: made.message } : outcomeOf(made);
    },
  };
}

function outcomeOf(made: RefundTry): RefundOutcome {
  const { number: _, ...outcome } = made;
  return outcome;
}

/** `succeeded` may still turn to `failed` days later; that comes as an event. */
function tryOf({ id, status, failure_reason: why, metadata }: Stripe.Refund): RefundTry {
  const made = { gatewayRefundId: id, number: Number(metadata?.try ?? 1) };
  if (status === 'succeeded') return { ...made, outcome: 'refunded' };
  if (status === 'failed' || status === 'canceled') {
    return { ...made, outcome: 'failed', reason: why ?? `the refund is ${status} at Stripe` };
  }
  return { ...made, outcome: 'pending' };
}
