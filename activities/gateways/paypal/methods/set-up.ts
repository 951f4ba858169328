/**
 * A wallet stored without a payment: a setup token that the buyer approves at PayPal, which then becomes a payment token.
 * Source: Payment Method Tokens v3.
 */
import {
  ExperienceContextShippingPreference,
  PaypalPaymentTokenUsageType,
  UsagePattern,
  VaultTokenRequestType,
  VaultUserAction,
  type SetupTokenRequest,
} from '@paypal/paypal-server-sdk';
import type { HostedCheckout, SetUpRequest, SetUpState } from '#activities/gateways/gateway.ts';
import { refusalAsDecline } from '../payments/outcomes.ts';
import type { Answer, PaypalClient } from '../wire/client.ts';
import type { PaypalProblem } from '../wire/errors.ts';
import { classify } from '../wire/issues.ts';
import { pageOf } from '../wire/links.ts';
import { merchantCustomerId, requestId, shortDescription } from '../wire/references.ts';
import { PaymentToken, SetupToken } from '../wire/replies.ts';
import { getToken, listTokens, toSavedMethod } from './tokens.ts';

/**
 * PayPal does not say how long it keeps a setup token that nobody approves. We count on the three hours for which it knows
 * the request that made it.
 */
export const SETUP_LIFETIME_MS = 3 * 3_600_000;

type Page = { checkoutId: string; key: string };

const setupRequest = (request: SetUpRequest, brandName: string | undefined): SetupTokenRequest => ({
  customer: {
    ...(request.customer.gatewayCustomerId ? { id: request.customer.gatewayCustomerId } : {}),
    merchantCustomerId: merchantCustomerId(request.env, request.customer.id),
  },
  paymentSource: {
    paypal: {
      description: shortDescription(request.description),
      usageType: PaypalPaymentTokenUsageType.Merchant,
      usagePattern: UsagePattern.SubscriptionPrepaid,
      experienceContext: {
        ...(brandName ? { brandName } : {}),
        returnUrl: request.successUrl,
        cancelUrl: request.cancelUrl,
        shippingPreference: ExperienceContextShippingPreference.NoShipping,
        userAction: VaultUserAction.SetupNow,
      },
    },
  },
});

export async function setUpMethod(client: PaypalClient, request: SetUpRequest): Promise<HostedCheckout> {
  const what = `open a page to store a wallet of customer ${request.customer.id}`;
  const body = setupRequest(request, client.config.brandName);
  const answer = await client.call({
    what,
    changes: true,
    reply: SetupToken,
    run: ({ vault }) => vault.createSetupToken({ body, paypalRequestId: requestId(request.key) }),
    reread: (id) => getSetup(client, id),
  });
  if ('refused' in answer) throw client.refusal(what, answer.refused);
  const { data: setup, debugId } = answer;
  return {
    checkoutId: setup.id,
    // One that is approved meanwhile has no page any more; the buyer goes where approving leads.
    url: pageOf(setup) ?? request.successUrl,
    expiresAt: new Date(Math.min(request.expiresAt.getTime(), client.now().getTime() + SETUP_LIFETIME_MS)),
    gatewayCustomerId: setup.customer?.id,
    requestId: debugId,
  };
}

export async function settleMethod(client: PaypalClient, page: Page): Promise<SetUpState> {
  const setup = await look(client, page.checkoutId);
  if (!setup) return { state: 'expired' };
  return isApproved(setup) || isStored(setup) ? store(client, page, setup) : { state: 'open' };
}

/** There is no call that cancels a setup token: one that was not stored is left to expire, and must not be settled again. */
export async function closeSetUp(client: PaypalClient, page: Page): Promise<SetUpState> {
  const setup = await look(client, page.checkoutId);
  return setup && isStored(setup) ? store(client, page, setup) : { state: 'expired' };
}

const isApproved = ({ status }: SetupToken) => status === 'APPROVED';
const isStored = ({ status }: SetupToken) => status === 'VAULTED' || status === 'TOKENIZED';

const getSetup = (client: PaypalClient, id: string): Promise<Answer<SetupToken>> =>
  client.call({
    what: `show setup token ${id}`,
    changes: false,
    reply: SetupToken,
    run: ({ vault }) => vault.getSetupToken(id),
  });

/** Null when PayPal has forgotten it. */
async function look(client: PaypalClient, id: string): Promise<SetupToken | null> {
  const answer = await getSetup(client, id);
  if ('data' in answer) return answer.data;
  if (answer.refused.httpStatus === 404) return null;
  throw client.refusal(`show setup token ${id}`, answer.refused);
}

/** Within three hours the same key answers with the same payment token; later PayPal says that there is one. */
async function store(client: PaypalClient, { checkoutId: id, key }: Page, setup: SetupToken): Promise<SetUpState> {
  const answer = await client.call({
    what: `store the wallet of setup token ${id}`,
    changes: true,
    reply: PaymentToken,
    run: ({ vault }) =>
      vault.createPaymentToken({
        body: { paymentSource: { token: { id, type: VaultTokenRequestType.SetupToken } } },
        paypalRequestId: requestId(key, '-pt'),
      }),
    reread: (tokenId) => getToken(client, tokenId),
  });
  if ('data' in answer) return { state: 'saved', method: toSavedMethod(answer.data) };
  return refused(client, id, setup, answer.refused);
}

async function refused(
  client: PaypalClient,
  id: string,
  setup: SetupToken,
  problem: PaypalProblem,
): Promise<SetUpState> {
  const { issues, httpStatus } = problem;
  if (httpStatus === 404) return { state: 'expired' };
  const issueClass = classify(issues, httpStatus);
  if (issueClass === 'already_done') return storedBefore(client, setup);
  if (issueClass === 'customer_action') return { state: 'open' };
  const decline = refusalAsDecline(problem, issueClass);
  // What only the merchant can heal is no decline of this buyer's.
  if (!decline || issueClass === 'merchant') throw client.refusal(`store the wallet of setup token ${id}`, problem);
  return { state: 'expired', decline };
}

/** The token made from it, looked for among the customer's: of several of one payer each charges the same wallet. */
async function storedBefore(client: PaypalClient, { customer, payment_source }: SetupToken): Promise<SetUpState> {
  const payer = payment_source?.paypal?.payer_id;
  const tokens = customer ? await listTokens(client, customer.id) : [];
  const fitting = tokens.filter((each) => !payer || !payerOf(each) || payerOf(each) === payer);
  const found = fitting.length === 1 ? fitting[0] : fitting.findLast((each) => payer && payerOf(each) === payer);
  if (found && customer) return { state: 'saved', method: toSavedMethod({ ...found, customer }) };
  // One that was stored and is not there was removed since.
  return fitting.length > 0 ? { state: 'pending', reason: 'SETUP_TOKEN_ALREADY_TOKENIZED' } : { state: 'expired' };
}

const payerOf = ({ payment_source: source }: Pick<PaymentToken, 'payment_source'>) => source?.paypal?.payer_id;
