/**
 * The hosted way: an order is created, the buyer approves it at PayPal, we capture it. Neither the approval nor the
 * redirect moves money, so `settle` does, and judges the capture.
 */
import {
  CheckoutPaymentIntent,
  PayeePaymentMethodPreference,
  PaypalExperienceUserAction,
  PaypalPaymentTokenUsageType,
  PaypalWalletContextShippingPreference,
  StoreInVaultInstruction,
  UsagePattern,
  type OrderRequest,
} from '@paypal/paypal-server-sdk';
import { OutcomeUnknown, VendorRefused } from '#activities/vendor.ts';
import type { CheckoutRequest, CheckoutState, HostedCheckout, OurReference } from '../gateway.ts';
import { toPaypal } from './amounts.ts';
import type { PaypalClient } from './client.ts';
import type { PaypalProblem } from './errors.ts';
import { eventsSince } from './event-list.ts';
import { toGatewayEvent } from './events.ts';
import { classify } from './issues.ts';
import { findByInvoice, getOrder } from './lookup.ts';
import { checkoutState, refusalAsDecline } from './outcomes.ts';
import { customId, requestId, shortDescription } from './references.ts';
import { Order, PaypalEvent } from './replies.ts';
import { savedMethod } from './vault.ts';

/** How long PayPal keeps an order that nobody approves, and an approval that nobody captures. */
export const ORDER_LIFETIME_MS = 3 * 3_600_000;
const REPRESENTATION = 'return=representation';

type Handle = { checkoutId: string; key: string } & OurReference;

function orderRequest(request: CheckoutRequest, brandName: string | undefined): OrderRequest {
  const { customer, invoiceNumber, amount, description, saveMethod, successUrl, cancelUrl } = request;
  return {
    intent: CheckoutPaymentIntent.Capture,
    purchaseUnits: [
      {
        referenceId: 'default',
        customId: customId(request),
        invoiceId: invoiceNumber,
        description: shortDescription(description),
        amount: toPaypal(amount),
      },
    ],
    paymentSource: {
      paypal: {
        emailAddress: customer.email,
        experienceContext: {
          ...(brandName ? { brandName } : {}),
          returnUrl: successUrl,
          cancelUrl,
          userAction: PaypalExperienceUserAction.PayNow,
          shippingPreference: PaypalWalletContextShippingPreference.NoShipping,
          paymentMethodPreference: PayeePaymentMethodPreference.ImmediatePaymentRequired,
        },
        ...(saveMethod ? { attributes: vaulting(request) } : {}),
      },
    },
  };
}

/** Keeps the wallet for renewals, if the payment succeeds. */
const vaulting = ({ customer, description }: CheckoutRequest) => ({
  vault: {
    storeInVault: StoreInVaultInstruction.OnSuccess,
    usageType: PaypalPaymentTokenUsageType.Merchant,
    usagePattern: UsagePattern.SubscriptionPrepaid,
    description: shortDescription(description),
  },
  customer: {
    ...(customer.gatewayCustomerId ? { id: customer.gatewayCustomerId } : {}),
    merchantCustomerId: customer.id,
  },
});

/** Within PayPal's six hours the same key answers with the same order, however far it is meanwhile. */
export async function checkout(client: PaypalClient, request: CheckoutRequest): Promise<HostedCheckout> {
  const what = `open a checkout for invoice ${request.invoiceNumber}`;
  const body = orderRequest(request, client.config.brandName);
  const answer = await client.call({
    what,
    changes: true,
    reply: Order,
    run: ({ orders }) => orders.createOrder({ body, paypalRequestId: requestId(request.key), prefer: REPRESENTATION }),
    reread: (id) => getOrder(client, id),
  });
  if ('refused' in answer) throw client.refusal(what, answer.refused);
  const { data: order, debugId } = answer;
  const createdAt = order.create_time ?? client.now();
  return {
    checkoutId: order.id,
    // An order that is approved meanwhile has no page any more; the buyer goes where approving leads.
    url: pageOf(order) ?? request.successUrl,
    expiresAt: new Date(Math.min(request.expiresAt.getTime(), createdAt.getTime() + ORDER_LIFETIME_MS)),
    gatewayCustomerId: request.customer.gatewayCustomerId,
    requestId: debugId,
  };
}

/** `approve` is what older orders call the same link. */
const pageOf = ({ links }: Order): string | undefined =>
  ['payer-action', 'approve'].flatMap((wanted) => links.find(({ rel, href }) => rel === wanted && href)?.href ?? [])[0];

export async function settle(client: PaypalClient, handle: Handle): Promise<CheckoutState> {
  const found = await look(client, handle.checkoutId);
  if (found?.order.status !== 'APPROVED') return found?.state ?? { state: 'expired' };
  // An approval may already hold a capture that is on its way.
  return found.state.state === 'open' ? capture(client, handle, found.order) : found.state;
}

/** There is no call that cancels an order: one that was not captured is left to expire, and must not be settled again. */
export async function close(client: PaypalClient, handle: Handle): Promise<CheckoutState> {
  const found = await look(client, handle.checkoutId);
  return !found || found.state.state === 'open' ? { state: 'expired' } : found.state;
}

/** The order as it stands, or null when PayPal has forgotten it: unpaid orders vanish. */
async function look(client: PaypalClient, id: string): Promise<{ order: Order; state: CheckoutState } | null> {
  const answer = await getOrder(client, id);
  if ('data' in answer) return { order: answer.data, state: await stateOf(client, answer.data, answer.debugId) };
  if (answer.refused.httpStatus === 404) return null;
  throw client.refusal(`show order ${id}`, answer.refused);
}

async function stateOf(client: PaypalClient, order: Order, debugId?: string): Promise<CheckoutState> {
  const state = checkoutState(order, { requestId: debugId });
  if (state.state !== 'paid') return state;
  return { state: 'paid', payment: { ...state.payment, method: await savedMethod(client, order) } };
}

async function capture(client: PaypalClient, handle: Handle, approved: Order): Promise<CheckoutState> {
  const { checkoutId, key } = handle;
  const answer = await client.call({
    what: `capture order ${checkoutId}`,
    changes: true,
    reply: Order,
    run: ({ orders }) =>
      orders.captureOrder({
        id: checkoutId,
        paypalRequestId: requestId(key, '-cap'),
        prefer: REPRESENTATION,
        body: {},
      }),
    reread: (id) => getOrder(client, id),
  });
  if ('data' in answer) return stateOf(client, answer.data, answer.debugId);
  return captureRefused(client, handle, approved, answer.refused);
}

async function captureRefused(
  client: PaypalClient,
  handle: Handle,
  approved: Order,
  problem: PaypalProblem,
): Promise<CheckoutState> {
  const { issues, httpStatus } = problem;
  const what = `capture order ${handle.checkoutId}`;
  if (httpStatus === 404) return { state: 'expired' };
  const issueClass = classify(issues, httpStatus);
  if (issueClass === 'already_done') {
    if (!issues.includes('DUPLICATE_INVOICE_ID')) {
      const found = await look(client, handle.checkoutId);
      return found?.state.state === 'open'
        ? { state: 'pending', reason: issues.join(' ') }
        : (found?.state ?? { state: 'expired' });
    }
    const invoiceNumber = approved.purchase_units[0]?.invoice_id;
    const payment = await findByInvoice(client, invoiceNumber, handle);
    if (payment) return { state: 'paid', payment };
    throw new OutcomeUnknown(
      `PayPal (${client.config.account}) says invoice ${invoiceNumber} is paid already, but does not show that payment yet. It is looked for again.`,
    );
  }
  if (issues.includes('ORDER_NOT_APPROVED') && issueClass === 'customer_action') return { state: 'open' };
  const decline = refusalAsDecline(problem, issueClass);
  if (issueClass === 'stop_order') return { state: 'expired', decline };
  // What only the merchant can heal is no decline of this buyer's.
  if (!decline || issueClass === 'merchant') throw client.refusal(what, problem);
  return { state: 'declined', decline };
}

/**
 * An order leaves a trace in the events once its buyer acted. One that nobody approved is known only under its request
 * id: `checkout` with the same key finds it for six hours, and after three PayPal has dropped it.
 */
export async function findCheckout(
  client: PaypalClient,
  wanted: OurReference & { key: string; createdAfter: Date },
): Promise<HostedCheckout | null> {
  const live = client.config.environment === 'live';
  for (const raw of await eventsSince(client, wanted.createdAfter)) {
    if (!PaypalEvent.safeParse(raw).success) continue;
    const { reference, checkoutId } = toGatewayEvent(raw, live);
    if (!checkoutId || !reference || customId(reference) !== customId(wanted)) continue;
    const answer = await getOrder(client, checkoutId);
    if ('refused' in answer) {
      if (answer.refused.httpStatus === 404) continue;
      throw client.refusal(`show order ${checkoutId}`, answer.refused);
    }
    const { data: order, debugId } = answer;
    const createdAt = order.create_time ?? wanted.createdAfter;
    return {
      checkoutId,
      url: pageOf(order) ?? selfOf(order, client),
      expiresAt: new Date(createdAt.getTime() + ORDER_LIFETIME_MS),
      requestId: debugId,
    };
  }
  return null;
}

/** The page where a buyer approves, which PayPal also opens for an order without links. */
function selfOf(order: Order, client: PaypalClient): string {
  const { environment, baseURL } = client.config;
  if (environment === 'live') return `https://www.paypal.com/checkoutnow?token=${order.id}`;
  if (environment === 'sandbox') return `https://www.sandbox.paypal.com/checkoutnow?token=${order.id}`;
  if (baseURL) return `${baseURL}/checkoutnow?token=${order.id}`;
  throw new VendorRefused('A simulated PayPal needs its address (PAYPAL_API_BASE).');
}
