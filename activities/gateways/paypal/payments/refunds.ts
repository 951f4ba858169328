/** Money back, to where it came from. Refunds keep their request id for 45 days; beyond it, and before, we look first. */
import { VendorRefused } from '#activities/http/vendor.ts';
import {
  refundOf,
  type OurRefund,
  type RefundOutcome,
  type RefundRequest,
  type RefundTry,
} from '#activities/gateways/gateway.ts';
import { toPaypal } from '../wire/amounts.ts';
import type { Answer, PaypalClient } from '../wire/client.ts';
import { describeProblem, type PaypalProblem } from '../wire/errors.ts';
import { getCapture, getOrder } from './lookup.ts';
import { numberOf, refundCustomId, refundInvoiceId, requestId } from '../wire/references.ts';
import { Refund, type Capture } from '../wire/replies.ts';

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
  const { gatewayPaymentId: captureId, amount, number, creditNoteNumber } = request;
  const found = await getCapture(client, captureId);
  if ('refused' in found) {
    if (found.refused.httpStatus !== 404) throw client.refusal(`show capture ${captureId}`, found.refused);
    return { outcome: 'failed', reason: `PayPal (${client.config.account}) does not know payment ${captureId}.` };
  }
  const made = refundOf(await triesOf(client, found.data, request), number);
  if (made) return outcomeOf(made);
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
          customId: refundCustomId(request.env, request.refundId, number),
          noteToPayer: NOTE[request.reason],
          ...(creditNoteNumber ? { invoiceId: refundInvoiceId(creditNoteNumber, number) } : {}),
        },
      }),
    reread: (refundId) => getRefund(client, refundId),
  });
  if ('refused' in answer) return refused(client, found.data, request, answer.refused);
  return outcomeOf(asTry(answer.data, number));
}

export async function findRefunds(
  client: PaypalClient,
  wanted: OurRefund & { gatewayRefundId?: string | undefined },
): Promise<RefundTry[]> {
  const { gatewayPaymentId: captureId, gatewayRefundId } = wanted;
  const found = await getCapture(client, captureId);
  if ('refused' in found) {
    if (found.refused.httpStatus === 404) return [];
    throw client.refusal(`show capture ${captureId}`, found.refused);
  }
  const tries = await triesOf(client, found.data, wanted);
  if (!gatewayRefundId || tries.some((each) => each.gatewayRefundId === gatewayRefundId)) return tries;
  const named = await getRefund(client, gatewayRefundId);
  if ('data' in named) return [...tries, ...ours([named.data], wanted)];
  if (named.refused.httpStatus === 404) return tries;
  throw client.refusal(`show refund ${gatewayRefundId}`, named.refused);
}

const getRefund = (client: PaypalClient, refundId: string): Promise<Answer<Refund>> =>
  client.call({
    what: `show refund ${refundId}`,
    changes: false,
    reply: Refund,
    run: ({ payments }) => payments.getRefund({ refundId }),
  });

async function refused(
  client: PaypalClient,
  capture: Capture,
  request: RefundRequest,
  problem: PaypalProblem,
): Promise<RefundOutcome> {
  const what = `refund payment ${request.gatewayPaymentId}`;
  const { issues, httpStatus } = problem;
  if (issues.some((issue) => PERHAPS_OURS.includes(issue))) {
    const made = refundOf(await triesOf(client, capture, request), request.number);
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
async function triesOf(client: PaypalClient, capture: Capture, wanted: OurRefund): Promise<RefundTry[]> {
  const orderId = capture.supplementary_data?.related_ids?.order_id;
  if (!orderId) return [];
  const answer = await getOrder(client, orderId);
  // Orders are forgotten sooner than payments are.
  if ('refused' in answer) {
    if (answer.refused.httpStatus === 404) return [];
    throw client.refusal(`show order ${orderId}`, answer.refused);
  }
  return ours(
    answer.data.purchase_units.flatMap(({ payments }) => payments?.refunds ?? []),
    wanted,
  );
}

function ours(refunds: readonly Refund[], { env, refundId, creditNoteNumber }: OurRefund): RefundTry[] {
  const custom = refundCustomId(env, refundId);
  return refunds.flatMap((refund) => {
    const number =
      numberOf(custom, refund.custom_id) ??
      (creditNoteNumber === undefined ? null : numberOf(creditNoteNumber, refund.invoice_id));
    return number === null ? [] : [asTry(refund, number)];
  });
}

function asTry({ id: gatewayRefundId, status, status_details }: Refund, number: number): RefundTry {
  if (status === 'COMPLETED') return { outcome: 'refunded', gatewayRefundId, number };
  if (status === 'PENDING') return { outcome: 'pending', gatewayRefundId, number };
  return { outcome: 'failed', gatewayRefundId, number, reason: status_details?.reason ?? status };
}

function outcomeOf(made: RefundTry): RefundOutcome {
  const { number: _, ...outcome } = made;
  return outcome;
}
