/** Renewals: one order from a vaulted wallet, created and captured in the same call, without the buyer. */
import {
  CheckoutPaymentIntent,
  PaymentInitiator,
  StoredPaymentSourceUsageType,
  UsagePattern,
  type OrderRequest,
} from '@paypal/paypal-server-sdk';
import { OutcomeUnknown } from '#activities/http/vendor.ts';
import type { ChargeOutcome, ChargeRequest } from '#activities/gateways/gateway.ts';
import { toPaypal } from '../wire/amounts.ts';
import type { PaypalClient } from '../wire/client.ts';
import type { PaypalProblem } from '../wire/errors.ts';
import { classify } from '../wire/issues.ts';
import { findByInvoice, getCapture, getOrder } from './lookup.ts';
import { captureOutcome, chargeOutcome, refusalAsDecline } from './outcomes.ts';
import { customId, requestId, shortDescription } from '../wire/references.ts';
import { Order } from '../wire/replies.ts';

const orderRequest = (request: ChargeRequest): OrderRequest => ({
  intent: CheckoutPaymentIntent.Capture,
  purchaseUnits: [
    {
      referenceId: 'default',
      customId: customId(request),
      invoiceId: request.invoiceNumber,
      description: shortDescription(request.description),
      amount: toPaypal(request.amount),
    },
  ],
  paymentSource: {
    paypal: {
      vaultId: request.method.methodId,
      storedCredential: {
        paymentInitiator: PaymentInitiator.Merchant,
        usage: StoredPaymentSourceUsageType.Subsequent,
        usagePattern: UsagePattern.SubscriptionPrepaid,
      },
    },
  },
});

/**
 * Charges once: for six hours by the request id, and after that by the invoice number, which PayPal takes for one
 * successful payment only. That guard is an account setting, "block accidental payments": keep it on.
 */
export async function charge(client: PaypalClient, request: ChargeRequest): Promise<ChargeOutcome> {
  const body = orderRequest(request);
  const answer = await client.call({
    what: `charge invoice ${request.invoiceNumber}`,
    changes: true,
    reply: Order,
    run: ({ orders }) =>
      orders.createOrder({ body, paypalRequestId: requestId(request.key), prefer: 'return=representation' }),
    reread: (id) => getOrder(client, id),
  });
  if ('refused' in answer) return refused(client, request, answer.refused);
  const { data: order, debugId } = answer;
  const { methodId, gatewayCustomerId } = request.method;
  return chargeOutcome(order, { requestId: debugId, method: { methodId, gatewayCustomerId, kind: 'paypal' } });
}

/** A payment that PayPal reviews outlives the request id, under which asking again would charge again. */
export async function settleCharge(
  client: PaypalClient,
  {
    gatewayPaymentId: id,
    method: { methodId, gatewayCustomerId },
  }: Pick<ChargeRequest, 'method'> & { gatewayPaymentId: string },
): Promise<ChargeOutcome> {
  const beside = { method: { methodId, gatewayCustomerId, kind: 'paypal' } };
  const capture = await getCapture(client, id);
  if ('data' in capture) return captureOutcome(capture.data, { ...beside, requestId: capture.debugId });
  const what = `show payment ${id}`;
  if (capture.refused.httpStatus !== 404) throw client.refusal(what, capture.refused);
  // It was named by its order where that showed no capture yet.
  const order = await getOrder(client, id);
  if ('data' in order) return chargeOutcome(order.data, { ...beside, requestId: order.debugId });
  throw client.refusal(what, order.refused);
}

async function refused(client: PaypalClient, request: ChargeRequest, problem: PaypalProblem): Promise<ChargeOutcome> {
  const { invoiceNumber } = request;
  const { issues, httpStatus } = problem;
  const issueClass = classify(issues, httpStatus);
  if (issueClass === 'already_done') {
    const payment = await findByInvoice(client, invoiceNumber, request);
    if (payment) return { outcome: 'paid', payment };
    throw new OutcomeUnknown(
      `PayPal (${client.config.account}) says invoice ${invoiceNumber} is paid already, but does not show that payment yet. It is looked for again.`,
    );
  }
  if (issueClass === 'customer_action') return { outcome: 'action_required' };
  // A vault id that is gone is answered as a missing resource, sometimes without an issue.
  const decline = refusalAsDecline(problem, httpStatus === 404 ? 'hard' : issueClass);
  if (!decline) throw client.refusal(`charge invoice ${invoiceNumber}`, problem);
  return { outcome: 'declined', decline };
}
