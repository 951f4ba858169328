/** The hosted page that stores a method without a payment: a Checkout Session in mode `setup`, one per set-up. */
import type Stripe from 'stripe';
import { VendorUnavailable } from '#activities/http/vendor.ts';
import type { Gateway, OurSetUp, SetUpState } from '#activities/gateways/gateway.ts';
import type { StripeApi } from '../wire/client.ts';
import { closingTime, createSessions, LONGEST, toHosted, type Session } from '../wire/sessions.ts';
import { isOfSetUp, setUpMetadata } from '../wire/reference.ts';
import { ensureCustomer } from '../payments/customer.ts';
import { toSetUpDecline } from '../payments/declines.ts';
import { isDetached, toSavedMethod } from './saved-method.ts';

export interface SetUpConfig {
  now: () => Date;
  /** A filter on what the account offers; with one, Stripe asks for no currency. */
  methodTypes: string[];
}

type SetUps = Pick<Gateway, 'setUpMethod' | 'settleMethod' | 'closeSetUp'>;

export function createSetUps(api: StripeApi, { now, methodTypes }: SetUpConfig): SetUps {
  const sessions = createSessions(api, ['setup_intent', 'setup_intent.payment_method']);

  return {
    async setUpMethod(request) {
      const { env, setUpId, key, customer: whose, description, expiresAt, successUrl, cancelUrl } = request;
      const setUp: OurSetUp = { env, customerId: whose.id, setUpId };
      const customer = await ensureCustomer(api, { env, customer: whose });
      const metadata = setUpMetadata(setUp);
      const at = now();
      const what = `open a page to store a method of customer ${whose.id}`;
      const session = await api.write<Session>(what, {
        key,
        send: (stripe, options) =>
          stripe.checkout.sessions.create(
            {
              mode: 'setup',
              ui_mode: 'hosted_page',
              customer,
              client_reference_id: setUpId,
              // The session's own metadata does not reach its SetupIntent.
              setup_intent_data: { metadata, description },
              metadata,
              allowed_payment_method_types: methodTypes,
              success_url: successUrl,
              cancel_url: cancelUrl,
              expires_at: closingTime(expiresAt, at),
            },
            options,
          ),
        find: () =>
          sessions.find({
            what: `look for the page of set-up ${setUpId}`,
            since: new Date(at.getTime() - LONGEST),
            customer,
            isOurs: (session) => isOfSetUp(session.metadata, setUp),
          }),
      });
      if (!isPageOf(session, setUp)) throw api.failure(what, new Error('it is no page of this set-up'));
      return toHosted(session);
    },
    async settleMethod({ checkoutId }) {
      return stateOf(await sessions.read(checkoutId));
    },
    async closeSetUp({ checkoutId, key }) {
      return stateOf(await sessions.close(checkoutId, key));
    },
  };
}

const isPageOf = ({ id, mode, expires_at: closes, metadata }: Session, setUp: OurSetUp): boolean =>
  /^cs_\w+$/.test(id) && mode === 'setup' && Number.isSafeInteger(closes) && isOfSetUp(metadata, setUp);

function stateOf(session: Session): SetUpState {
  const intent = typeof session.setup_intent === 'object' ? session.setup_intent : null;
  if (intent?.status === 'succeeded') {
    const method = toSavedMethod(intent.payment_method);
    if (method) return { state: 'saved', method };
    // It was removed since.
    if (isDetached(intent.payment_method)) return { state: 'expired' };
    throw new VendorUnavailable(`Stripe says that set-up ${intent.id} is done, but shows no method that can be read.`);
  }
  if (session.status === 'expired') return { state: 'expired' };
  const failed = intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
  const decline = failed ? declineOf(intent) : undefined;
  if (session.status === 'complete') {
    if (failed) return { state: 'expired', decline };
    return { state: 'pending', reason: `Stripe has not stored it yet (${intent?.status ?? 'no set-up yet'}).` };
  }
  return decline ? { state: 'declined', decline } : { state: 'open' };
}

/** Undefined when nothing was tried yet. */
function declineOf({ last_setup_error: error }: Stripe.SetupIntent) {
  if (!error) return undefined;
  return toSetUpDecline({
    code: error.code,
    declineCode: error.decline_code,
    adviceCode: error.advice_code,
    networkAdviceCode: error.network_advice_code,
  });
}
