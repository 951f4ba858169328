/** A saved method charged without the customer. */
import type Stripe from 'stripe';
import { describeMoney } from '#domain/money/money.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { ChargeOutcome, ChargeRequest, Gateway } from '#activities/gateways/gateway.ts';
import { toStripe } from '../wire/amounts.ts';
import type { StripeApi } from '../wire/client.ts';
import { classifyDecline, toDecline } from './declines.ts';
import { isStripeFailure, type StripeFailure } from '../wire/errors.ts';
import { declineOf, declineSignals, INTENT_PARTS, toSettledPayment } from './payment.ts';
import { belongsTo, toMetadata } from '../wire/reference.ts';

type Intent = Stripe.PaymentIntent;

/** Attempts are not repeated for longer than their dunning case lives. */
const LOOK_BACK_MS = 45 * 86_400_000;

export interface ChargeConfig {
  now: () => Date;
  descriptorSuffix?: string | undefined;
}

/**
 * Looks, creates, confirms. A PaymentIntent can succeed only once, so after the look each step may be repeated: the
 * keys guard the first 24 hours, the intent itself guards for good.
 */
export function createCharges(
  api: StripeApi,
  { now, descriptorSuffix }: ChargeConfig,
): Pick<Gateway, 'charge' | 'settleCharge'> {
  const find = (request: ChargeRequest): Promise<Intent | null> =>
    api.read(`look for the payment of attempt ${request.attemptId}`, async (stripe) => {
      const gte = Math.floor((now().getTime() - LOOK_BACK_MS) / 1_000);
      const { gatewayCustomerId: customer } = request.method;
      const expand = INTENT_PARTS.map((part) => `data.${part}`);
      for await (const intent of stripe.paymentIntents.list({ customer, created: { gte }, limit: 100, expand })) {
        if (belongsTo(intent.metadata, request)) return intent;
      }
      return null;
    });

  const read = (id: string): Promise<Intent> =>
    api.read(`read payment ${id}`, (stripe) => stripe.paymentIntents.retrieve(id, { expand: INTENT_PARTS }));

  const create = (request: ChargeRequest): Promise<Intent | StripeFailure> =>
    api.write<Intent | StripeFailure>(`create the payment of invoice ${request.invoiceNumber}`, {
      key: request.key,
      send: (stripe, options) =>
        stripe.paymentIntents.create(
          {
            ...toStripe(request.amount),
            customer: request.method.gatewayCustomerId,
            payment_method: request.method.methodId,
            // Without this a confirmation from the server may ask for a return address.
            automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
            description: request.description,
            metadata: toMetadata(request),
            expand: INTENT_PARTS,
            ...(descriptorSuffix ? { statement_descriptor_suffix: descriptorSuffix } : {}),
          },
          options,
        ),
      find: () => find(request),
      answer: (error) => (isMethodGone(error) ? error : undefined),
    });

  const confirm = async (intent: Intent, { key, method }: ChargeRequest): Promise<Intent> => {
    const confirmed = await api.write<Intent | null>(`confirm payment ${intent.id}`, {
      key: `${key}:confirm`,
      send: (stripe, options) =>
        stripe.paymentIntents.confirm(
          intent.id,
          { payment_method: method.methodId, off_session: true, expand: INTENT_PARTS },
          options,
        ),
      find: async () => {
        const current = await read(intent.id);
        return current.status === 'requires_confirmation' ? null : current;
      },
      // Declined, or another run confirmed it meanwhile: the intent itself says how it stands.
      answer: (error) =>
        isStripeFailure(error) && (error.type === 'StripeCardError' || error.code === 'payment_intent_unexpected_state')
          ? null
          : undefined,
    });
    return confirmed ?? read(intent.id);
  };

  /** What waits for the cardholder is given up, so that only the hosted checkout can still be paid. */
  const abandon = (intent: Intent, key: string) =>
    api.write<Intent | null>(`cancel payment ${intent.id}`, {
      key: `${key}:cancel`,
      send: (stripe, options) => stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' }, options),
      find: async () => {
        const current = await read(intent.id);
        return current.status === 'canceled' ? current : null;
      },
      answer: (error) =>
        isStripeFailure(error) && error.code === 'payment_intent_unexpected_state' ? null : undefined,
    });

  const outcomeOf = async (intent: Intent, key: string): Promise<ChargeOutcome> => {
    const gatewayPaymentId = intent.id;
    if (intent.status === 'succeeded') return { outcome: 'paid', payment: toSettledPayment(intent) };
    if (intent.status === 'processing') {
      return { outcome: 'pending', gatewayPaymentId, reason: 'The bank has not answered yet (processing at Stripe).' };
    }
    if (needsCardholder(intent)) {
      if (intent.status !== 'canceled') await abandon(intent, key);
      return { outcome: 'action_required', gatewayPaymentId };
    }
    const decline = declineOf(intent);
    if (decline) return { outcome: 'declined', decline, gatewayPaymentId };
    if (intent.status === 'canceled') {
      return {
        outcome: 'declined',
        decline: { ...toDecline({ code: 'processing_error' }), code: 'canceled' },
        gatewayPaymentId,
      };
    }
    throw new VendorRefused(
      `Stripe on ${api.account} shows payment ${intent.id} as ${intent.status}, which an automatic charge never is. ` +
        `Look at it in Stripe's dashboard, then retry.`,
    );
  };

  return {
    async charge(request) {
      const found = (await find(request)) ?? (await create(request));
      if (isStripeFailure(found)) return { outcome: 'declined', decline: toDecline({ code: found.code }) };
      assertSame(api, found, request);
      const intent = found.status === 'requires_confirmation' ? await confirm(found, request) : found;
      return outcomeOf(intent, request.key);
    },
    async settleCharge({ gatewayPaymentId, key }) {
      if (!/^pi_\w+$/.test(gatewayPaymentId)) {
        throw new VendorRefused(`"${gatewayPaymentId}" is not a Stripe payment; check its row.`);
      }
      return outcomeOf(await read(gatewayPaymentId), key);
    },
  };
}

const needsCardholder = (intent: Intent): boolean =>
  intent.status === 'requires_action' ||
  (intent.last_payment_error !== null && classifyDecline(declineSignals(intent)) === 'authentication');

/** Removed at Stripe, or by the customer's bank: only another method helps. */
const isMethodGone = (error: unknown): error is StripeFailure =>
  isStripeFailure(error) &&
  ((error.code === 'resource_missing' && ['payment_method', 'customer'].includes(error.param ?? '')) ||
    error.code === 'payment_method_unexpected_state');

function assertSame(api: StripeApi, intent: Intent, { amount, key }: ChargeRequest): void {
  const wanted = toStripe(amount);
  if (intent.amount === wanted.amount && intent.currency === wanted.currency) return;
  throw new VendorRefused(
    `Stripe on ${api.account} has payment ${intent.id} under key ${key} with another amount than ` +
      `${describeMoney(amount)}. Open a new attempt.`,
  );
}
