/** Opening the hosted way to pay: an order that the buyer approves at PayPal, and finding it again. */
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
import { OutcomeUnknown, VendorRefused } from '#activities/http/vendor.ts';
import type { CheckoutRequest, HostedCheckout, OurReference } from '#activities/gateways/gateway.ts';
import { toPaypal } from '../wire/amounts.ts';
import type { PaypalClient } from '../wire/client.ts';
import { eventsSince } from '../webhooks/event-list.ts';
import { toGatewayEvent } from '../webhooks/events.ts';
import { getOrder } from './lookup.ts';
import { lookAt } from './settlements.ts';
import { customId, merchantCustomerId, pageInvoiceId, requestId, shortDescription } from '../wire/references.ts';
import { pageOf } from '../wire/links.ts';
import { Order, PaypalEvent } from '../wire/replies.ts';

/** How long PayPal keeps an order that nobody approves, and an approval that nobody captures. */
export const ORDER_LIFETIME_MS = 3 * 3_600_000;

function orderRequest(request: CheckoutRequest, invoiceId: string, brandName: string | undefined): OrderRequest {
  const { customer, amount, description, saveMethod, successUrl, cancelUrl } = request;
  return {
    intent: CheckoutPaymentIntent.Capture,
    purchaseUnits: [
      {
        referenceId: 'default',
        customId: customId(request),
        invoiceId,
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
const vaulting = ({ env, customer, description }: CheckoutRequest) => ({
  vault: {
    storeInVault: StoreInVaultInstruction.OnSuccess,
    usageType: PaypalPaymentTokenUsageType.Merchant,
    usagePattern: UsagePattern.SubscriptionPrepaid,
    description: shortDescription(description),
  },
  customer: {
    ...(customer.gatewayCustomerId ? { id: customer.gatewayCustomerId } : {}),
    merchantCustomerId: merchantCustomerId(env, customer.id),
  },
});

/** Within PayPal's six hours the same key answers with the same order, however far it is meanwhile. */
export async function checkout(client: PaypalClient, request: CheckoutRequest): Promise<HostedCheckout> {
  const what = `open a checkout for invoice ${request.invoiceNumber}`;
  const body = orderRequest(request, await invoiceIdFor(client, request), client.config.brandName);
  const answer = await client.call({
    what,
    changes: true,
    reply: Order,
    run: ({ orders }) =>
      orders.createOrder({ body, paypalRequestId: requestId(request.key), prefer: 'return=representation' }),
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

/**
 * The invoice's own number lets PayPal refuse to take money twice for it. Once the order before can never be paid there is
 * nothing to guard against, and a payment that was declined may have used the number up: `{number}/{k}` then.
 * @throws OutcomeUnknown when the order before holds money, or may yet
 */
async function invoiceIdFor(client: PaypalClient, request: CheckoutRequest): Promise<string> {
  const { invoiceNumber, number, previousCheckoutId: previous } = request;
  if (!previous) return invoiceNumber;
  const { state } = await lookAt(client, previous);
  if (state === 'expired') return pageInvoiceId(invoiceNumber, number);
  if (state === 'open' || state === 'declined') return invoiceNumber;
  throw new OutcomeUnknown(
    `PayPal (${client.config.account}) has a payment of invoice ${invoiceNumber} through order ${previous}, so no other page is opened. It is looked at again.`,
  );
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
