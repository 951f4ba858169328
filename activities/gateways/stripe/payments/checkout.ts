/** The hosted page: a Checkout Session, one per attempt. */
import type Stripe from 'stripe';
import { describeMoney } from '#domain/money/money.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { CheckoutRequest, CheckoutState, Gateway, OurReference } from '#activities/gateways/gateway.ts';
import { toStripe } from '../wire/amounts.ts';
import type { StripeApi } from '../wire/client.ts';
import { closingTime, createSessions, LONGEST, requestIdOf, toHosted, type Session } from '../wire/sessions.ts';
import { ensureCustomer } from './customer.ts';
import { declineOf, INTENT_PARTS, toSettledPayment } from './payment.ts';
import { belongsTo, toMetadata } from '../wire/reference.ts';

export interface CheckoutConfig {
  now: () => Date;
  /** A filter on what the account offers; only methods that can be charged again. */
  methodTypes: string[];
  /** Added to the account's descriptor on card statements. */
  descriptorSuffix?: string | undefined;
}

type Checkouts = Pick<Gateway, 'checkout' | 'settle' | 'close' | 'findCheckout'>;

export function createCheckouts(api: StripeApi, { now, methodTypes, descriptorSuffix }: CheckoutConfig): Checkouts {
  const sessions = createSessions(api, ['payment_intent', ...INTENT_PARTS.map((part) => `payment_intent.${part}`)]);

  const findSession = (reference: OurReference, since: Date, customer?: string) =>
    sessions.find({
      what: `look for the checkout of attempt ${reference.attemptId}`,
      since,
      customer,
      isOurs: ({ metadata }) => belongsTo(metadata, reference),
    });

  const create = async (request: CheckoutRequest): Promise<Session> => {
    const { key, amount, invoiceId, invoiceNumber, description, expiresAt, saveMethod } = request;
    const price = toStripe(amount);
    const customer = await ensureCustomer(api, request);
    const metadata = toMetadata(request);
    const at = now();
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
            expires_at: closingTime(expiresAt, at),
          },
          options,
        ),
      // A repeat near the edges of the allowed time has another `expires_at`, hence another request under the old key.
      find: () => findSession(request, new Date(at.getTime() - LONGEST), customer),
    });
    if (session.amount_total !== price.amount || session.currency !== price.currency) {
      throw new VendorRefused(
        `Stripe on ${api.account} has checkout ${session.id} under key ${key} with another amount than ` +
          `${describeMoney(amount)}. Close it and open a new attempt.`,
      );
    }
    return session;
  };

  return {
    async checkout(request) {
      return toHosted(await create(request));
    },
    async settle({ checkoutId }) {
      return stateOf(await sessions.read(checkoutId));
    },
    async findCheckout({ createdAfter, ...reference }) {
      const session = await findSession(reference, createdAfter);
      return session && toHosted(session);
    },
    async close({ checkoutId, key }) {
      return stateOf(await sessions.close(checkoutId, key));
    },
  };
}

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
