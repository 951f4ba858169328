/** The hosted page: a Checkout Session, one per attempt. */
import type Stripe from 'stripe';
import { describeMoney } from '#domain/money/money.ts';
import { pageAddress, VendorRefused } from '#activities/http/vendor.ts';
import type {
  CheckoutRequest,
  CheckoutState,
  Gateway,
  HostedCheckout,
  OurReference,
} from '#activities/gateways/gateway.ts';
import { toStripe } from '../wire/amounts.ts';
import type { StripeApi } from '../wire/client.ts';
import { ensureCustomer } from './customer.ts';
import { isStripeFailure } from '../wire/errors.ts';
import { declineOf, INTENT_PARTS, toSettledPayment } from './payment.ts';
import { belongsTo, toMetadata } from '../wire/reference.ts';

type Session = Stripe.Checkout.Session;

const MINUTE = 60_000;
/** Stripe allows 30 minutes to 24 hours from its own now; a minute each for the journey and for clocks that differ. */
const SHORTEST = 31 * MINUTE;
const LONGEST = 24 * 60 * MINUTE - MINUTE;
/** How far our clock and Stripe's may be apart when we look for something made "since". */
const SKEW = 5 * MINUTE;

export interface CheckoutConfig {
  now: () => Date;
  /** A filter on what the account offers; only methods that can be charged again. */
  methodTypes: string[];
  /** Added to the account's descriptor on card statements. */
  descriptorSuffix?: string | undefined;
}

type Checkouts = Pick<Gateway, 'checkout' | 'settle' | 'close' | 'findCheckout'>;

export function createCheckouts(api: StripeApi, { now, methodTypes, descriptorSuffix }: CheckoutConfig): Checkouts {
  const readSession = (checkoutId: string): Promise<Session> => {
    if (!/^cs_\w+$/.test(checkoutId))
      throw new VendorRefused(`"${checkoutId}" is not a Stripe checkout; check its row.`);
    return api.read(`read checkout ${checkoutId}`, (stripe) =>
      stripe.checkout.sessions.retrieve(checkoutId, {
        expand: ['payment_intent', ...INTENT_PARTS.map((part) => `payment_intent.${part}`)],
      }),
    );
  };

  /** Walks the sessions made since then; there is no filter on metadata, and search lags behind. */
  const findSession = (reference: OurReference, since: Date, customer?: string): Promise<Session | null> =>
    api.read(`look for the checkout of attempt ${reference.attemptId}`, async (stripe) => {
      const gte = Math.floor((since.getTime() - SKEW) / 1_000);
      const sessions = stripe.checkout.sessions.list({
        created: { gte },
        limit: 100,
        ...(customer ? { customer } : {}),
      });
      for await (const session of sessions) if (belongsTo(session.metadata, reference)) return session;
      return null;
    });

  const create = async (request: CheckoutRequest): Promise<Session> => {
    const { key, amount, invoiceId, invoiceNumber, description, expiresAt, saveMethod } = request;
    const price = toStripe(amount);
    const customer = await ensureCustomer(api, request);
    const metadata = toMetadata(request);
    const at = now().getTime();
    const closesAt = Math.min(Math.max(expiresAt.getTime(), at + SHORTEST), at + LONGEST);
    const session = await api.write<Session>(`open a checkout for invoice ${invoiceNumber}`, {
      key,
      send: (stripe, options) =>
        stripe.checkout.sessions.create(
          {
            mode: 'payment',
            ui_mode: 'hosted_page',
            customer,
            client_reference_id: invoiceId,
            line_items: [
              {
                quantity: 1,
                price_data: {
                  currency: price.currency,
                  unit_amount: price.amount,
                  product_data: { name: `Invoice ${invoiceNumber}`, description },
                },
              },
            ],
            payment_intent_data: {
              // The session's own metadata does not reach its payment.
              metadata,
              description,
              ...(saveMethod ? { setup_future_usage: 'off_session' } : {}),
              ...(descriptorSuffix ? { statement_descriptor_suffix: descriptorSuffix } : {}),
            },
            metadata,
            allowed_payment_method_types: methodTypes,
            // The payer pays what the invoice says, in its currency.
            adaptive_pricing: { enabled: false },
            success_url: request.successUrl,
            cancel_url: request.cancelUrl,
            expires_at: Math.floor(closesAt / 1_000),
          },
          options,
        ),
      // A repeat near the edges of the allowed time has another `expires_at`, hence another request under the old key.
      find: () => findSession(request, new Date(at - LONGEST), customer),
    });
    if (session.amount_total !== price.amount || session.currency !== price.currency) {
      throw new VendorRefused(
        `Stripe on ${api.account} has checkout ${session.id} under key ${key} with another amount than ` +
          `${describeMoney(amount)}. Close it and open a new attempt.`,
      );
    }
    return session;
  };

  const settle: Checkouts['settle'] = async ({ checkoutId }) => stateOf(await readSession(checkoutId));

  return {
    settle,
    async checkout(request) {
      return toHosted(await create(request));
    },
    async findCheckout({ createdAfter, ...reference }) {
      const session = await findSession(reference, createdAfter);
      return session && toHosted(session);
    },
    async close(checkout) {
      const { checkoutId, key } = checkout;
      const closed = async () => {
        const session = await readSession(checkoutId);
        return session.status === 'open' ? null : session;
      };
      const known = await closed();
      if (known) return stateOf(known);
      await api.write<Session | null>(`close checkout ${checkoutId}`, {
        key: `${key}:expire`,
        send: (stripe, options) => stripe.checkout.sessions.expire(checkoutId, {}, options),
        find: closed,
        // The customer was faster, or it ran out by itself: reading it again says which.
        answer: (error) => (isStripeFailure(error) && error.type === 'StripeInvalidRequestError' ? null : undefined),
      });
      const state = await settle(checkout);
      if (state.state === 'open' || state.state === 'declined') {
        throw new VendorRefused(
          `Stripe on ${api.account} keeps checkout ${checkoutId} open. Expire it in Stripe's dashboard, then retry.`,
        );
      }
      return state;
    },
  };
}

/** The address is empty once the page is closed: there is nowhere to pay any more. */
const toHosted = (session: Session): HostedCheckout => ({
  checkoutId: session.id,
  url: pageAddress(session.url) ?? '',
  expiresAt: new Date(session.expires_at * 1_000),
  gatewayCustomerId: typeof session.customer === 'string' ? session.customer : session.customer?.id,
  requestId: requestIdOf(session),
});

const requestIdOf = (object: unknown): string | undefined =>
  (object as { lastResponse?: { requestId?: string } }).lastResponse?.requestId;

/** A page that was completed but brought no money is closed too: the customer needs a new one. */
function stateOf(session: Session): CheckoutState {
  const intent = typeof session.payment_intent === 'object' ? session.payment_intent : null;
  const paid = session.payment_status === 'paid' && intent?.status === 'succeeded';
  if (paid) {
    return {
      state: 'paid',
      payment: toSettledPayment(intent, { checkoutId: session.id, requestId: requestIdOf(session) }),
    };
  }
  if (session.status === 'expired') return { state: 'expired' };
  if (session.status === 'complete') {
    const failed = intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
    return failed
      ? { state: 'expired', decline: declineOf(intent) }
      : { state: 'pending', reason: pendingReason(intent) };
  }
  const decline = intent?.status === 'requires_payment_method' ? declineOf(intent) : undefined;
  return decline ? { state: 'declined', decline } : { state: 'open' };
}

function pendingReason(intent: Stripe.PaymentIntent | null): string {
  const method = intent?.payment_method;
  const kind = method && typeof method === 'object' ? method.type : 'the payment method';
  return `Stripe waits for the money of ${kind} (${intent?.status ?? 'no payment yet'}).`;
}
