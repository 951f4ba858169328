/** Money back, to where it came from. Refunds keep their request id for 45 days; beyond it, and before, we look first. */
import { VendorRefused } from '#activities/vendor.ts';
import type { RefundOutcome, RefundRequest } from '../gateway.ts';
import { toPaypal } from './amounts.ts';
import type { PaypalClient } from './client.ts';
import { describeProblem, type PaypalProblem } from './errors.ts';
import { getCapture, getOrder } from './lookup.ts';
import { refundCustomId, requestId } from './references.ts';
import { Refund, type Capture } from './replies.ts';

/** A person can make these possible; everything else that is refused stays refused. */
const NEEDS_PERSON: Record<string, string> = {
  REFUND_FAILED_INSUFFICIENT_FUNDS: 'Top up the PayPal balance, then retry.',
  PENDING_CAPTURE: 'Wait until PayPal has completed the payment, then retry.',
  TRANSACTION_DISPUTED: 'Settle the open case at PayPal, then retry.',
};
/** The money may have gone back through an earlier request of ours. */
const PERHAPS_OURS = ['CAPTURE_FULLY_REFUNDED', 'REFUND_AMOUNT_EXCEEDED', 'DUPLICATE_INVOICE_ID'];

const NOTE: Record<RefundRequest['reason'], string> = {
  requested_by_customer: 'Refund as requested.',
  duplicate: 'This invoice was paid twice; here is the second payment back.',
  fraudulent: 'Refund of a payment that was not authorised.',
};

export async function refund(client: PaypalClient, request: RefundRequest): Promise<RefundOutcome> {
  const { gatewayPaymentId: captureId, amount, creditNoteNumber } = request;
  const found = await getCapture(client, captureId);
  if ('refused' in found) {
    if (found.refused.httpStatus !== 404) throw client.refusal(`show capture ${captureId}`, found.refused);
    return { outcome: 'failed', reason: `PayPal (${client.config.account}) does not know payment ${captureId}.` };
  }
  const made = await findRefund(client, found.data, request);
  if (made) return outcomeOf(made);
  const custom = refundCustomId(request.env, request.refundId);
  const answer = await client.call({
    what: `refund payment ${captureId}`,
    changes: true,
    reply: Refund,
    run: ({ payments }) =>
      payments.refundCapturedPayment({
        captureId,
        paypalRequestId: requestId(request.key),
        prefer: 'return=representation',
        body: {
          amount: toPaypal(amount),
          customId: custom,
          noteToPayer: NOTE[request.reason],
          ...(creditNoteNumber ? { invoiceId: creditNoteNumber } : {}),
        },
      }),
    reread: (refundId) =>
      client.call({
        what: `show refund ${refundId}`,
        changes: false,
        reply: Refund,
        run: ({ payments }) => payments.getRefund({ refundId }),
      }),
  });
  return 'data' in answer ? outcomeOf(answer.data) : refused(client, found.data, request, answer.refused);
}

async function refused(
  client: PaypalClient,
  capture: Capture,
  request: RefundRequest,
  problem: PaypalProblem,
): Promise<RefundOutcome> {
  const what = `refund payment ${request.gatewayPaymentId}`;
  const { issues, httpStatus } = problem;
  if (issues.some((issue) => PERHAPS_OURS.includes(issue))) {
    const made = await findRefund(client, capture, request);
    if (made) return outcomeOf(made);
  }
  const advice = issues.flatMap((issue) => NEEDS_PERSON[issue] ?? [])[0];
  if (advice) {
    throw new VendorRefused(
      `PayPal (${client.config.account}) could not ${what}: ${describeProblem(problem)}. ${advice}`,
    );
  }
  if (httpStatus !== 422) throw client.refusal(what, problem);
  return { outcome: 'failed', reason: issues.join(' ') || problem.name };
}

/** Ours among the refunds of the order behind the payment; PayPal has no list of a capture's refunds. */
async function findRefund(client: PaypalClient, capture: Capture, { env, refundId, creditNoteNumber }: RefundRequest) {
  const orderId = capture.supplementary_data?.related_ids?.order_id;
  if (!orderId) return undefined;
  const answer = await getOrder(client, orderId);
  // Orders are forgotten sooner than payments are.
  if ('refused' in answer) {
    if (answer.refused.httpStatus === 404) return undefined;
    throw client.refusal(`show order ${orderId}`, answer.refused);
  }
  const custom = refundCustomId(env, refundId);
  return answer.data.purchase_units
    .flatMap(({ payments }) => payments?.refunds ?? [])
    .find(
      ({ custom_id, invoice_id }) =>
        custom_id === custom || (creditNoteNumber !== undefined && invoice_id === creditNoteNumber),
    );
}

function outcomeOf({ id: gatewayRefundId, status, status_details }: Refund): RefundOutcome {
  if (status === 'COMPLETED') return { outcome: 'refunded', gatewayRefundId };
  if (status === 'PENDING') return { outcome: 'pending', gatewayRefundId };
  return { outcome: 'failed', gatewayRefundId, reason: status_details?.reason ?? status };
}
