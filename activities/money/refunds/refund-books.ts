import { describeMoney, money } from '#domain/money/money.ts';
import { newId } from '#domain/ids.ts';
import { refundWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import { audit } from '#db/audit/entry.ts';
import { CreditNote, Invoice, Order, Payment, Refund } from '#db/entities/index.ts';
import { type Em, LOCKED } from '#db/orm.ts';
import { startLater } from '#db/messages/outbox.ts';
import { addRow, type PendingTable, type RowHolder } from '#db/pending-rows.ts';
import type { RefundOutcome, RefundRequest } from '#activities/gateways/gateway.ts';
import { gatewayAccount, post } from '../ledger/ledger.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { openTask } from '#db/desk/tasks.ts';
import { vendorLabel } from '#domain/vendors.ts';

/** The key of a refund's try; the row holds that of its latest. */
export const refundKey = (refundId: string, number: number): string =>
  number === 1 ? `re:${refundId}` : `re:${refundId}:${number}`;
export const tryNumber = ({ key }: Pick<Refund, 'key'>): number => Number(key.split(':')[2] ?? 1);

const REFUNDS: PendingTable = {
  table: 'refund',
  columns: [
    'id',
    'customer_id',
    'payment_id',
    'credit_note_id',
    'key',
    'amount_minor',
    'currency',
    'reason',
    'status',
    'created_at',
    'updated_at',
  ],
};

/** Adds the wish for money back; `sendRefund` carries it out under the row's own key. @returns the refund's id */
export function requestRefund(
  change: RowHolder,
  payment: Pick<Payment, 'id' | 'customerId' | 'currency'>,
  amountMinor: number,
  reason: RefundRequest['reason'],
  creditNoteId: string | null,
  asOf: Date,
): string {
  const id = newId();
  addRow(change, REFUNDS, {
    id,
    customer_id: payment.customerId,
    payment_id: payment.id,
    credit_note_id: creditNoteId,
    key: refundKey(id, 1),
    amount_minor: amountMinor,
    currency: payment.currency,
    reason,
    status: 'requested',
    created_at: asOf,
    updated_at: asOf,
  });
  return id;
}

const amountOf = ({ amountMinor, currency }: Refund) => money(amountMinor, currency);

/** What a gateway is asked about a row, or to do. */
export async function requestOf(
  em: Em,
  refund: Refund,
  env: string,
): Promise<{ payment: Payment; request: RefundRequest }> {
  const payment = await em.findOneOrFail(Payment, refund.paymentId);
  const note = refund.creditNoteId ? await em.findOneOrFail(CreditNote, refund.creditNoteId) : null;
  const request = {
    key: refund.key,
    refundId: refund.id,
    number: tryNumber(refund),
    env,
    gatewayPaymentId: payment.gatewayPaymentId,
    amount: amountOf(refund),
    reason: refund.reason as RefundRequest['reason'],
    creditNoteNumber: note?.number,
  };
  return { payment, request };
}

/** The gateway has it or has had it done; the money is no credit any more. */
export const isSent = ({ status }: Pick<Refund, 'status'>): boolean => status === 'pending' || status === 'succeeded';

interface Seen {
  refundId: string;
  /** The row's key when the gateway was asked: an answer about an earlier try says nothing about a later one. */
  key: string;
  answer: RefundOutcome;
  asOf: Date;
}

/**
 * Writes what the gateway said about a refund into row and ledger, once, whichever look or event is first. One that
 * fails after it was sent is taken back: the money is the customer's credit again until it is sent anew.
 * @param onReopened  `park` where the caller says so itself; otherwise a workflow of the refund's own is started
 * @returns the row as it is then
 */
export async function recordRefund(em: Em, seen: Seen, onReopened: 'park' | 'start'): Promise<Refund> {
  const { refundId, key, answer, asOf } = seen;
  const { payment, order, refund } = await lockRefund(em, refundId);
  if (refund.key !== key) return refund;
  const rows = { payment, order, refund };
  const sent = isSent(refund);
  const isTheSame = answer.gatewayRefundId === (refund.gatewayRefundId ?? undefined);
  if (answer.outcome === 'failed') {
    if (refund.status === 'canceled' || refund.status === 'failed' || (sent && !isTheSame)) return refund;
    if (sent) await takeBack(em, rows, answer.reason, asOf);
    refund.status = 'failed';
    refund.gatewayRefundId = answer.gatewayRefundId ?? null;
    refund.updatedAt = asOf;
    if (sent && onReopened === 'start') sendAnew(em, rows, asOf);
    return refund;
  }
  // What failed stays failed: this was seen before it did.
  if (refund.status === 'failed' && isTheSame) return refund;
  if (!sent) await book(em, rows, answer.gatewayRefundId, asOf);
  if (!sent || answer.outcome === 'refunded') refund.status = answer.outcome === 'refunded' ? 'succeeded' : 'pending';
  refund.updatedAt = asOf;
  return refund;
}

interface Rows {
  payment: Payment;
  /** The order whose invoice the payment was for. */
  order: Order | null;
  refund: Refund;
}

/** Invoice, order, payment, refund: in this order, as everywhere. */
export async function lockRefund(em: Em, refundId: string): Promise<Rows> {
  const [of] = await em.execute<{ paymentId: string; invoiceId: string | null }[]>(
    `select p.id as "paymentId", p.invoice_id as "invoiceId" from refund r join payment p on p.id = r.payment_id where r.id = ?`,
    [refundId],
  );
  const invoice = of?.invoiceId ? await em.findOneOrFail(Invoice, of.invoiceId, LOCKED) : null;
  const order = invoice?.orderId ? await em.findOneOrFail(Order, invoice.orderId, LOCKED) : null;
  const payment = await em.findOneOrFail(Payment, of!.paymentId, LOCKED);
  return { payment, order, refund: await em.findOneOrFail(Refund, refundId, LOCKED) };
}

/** What a refund's try is called in ledger and story. */
const happening = (refund: Refund): string => {
  const number = tryNumber(refund);
  return number === 1 ? `refund/${refund.id}` : `refund/${refund.id}/${number}`;
};

async function book(em: Em, { payment, order, refund }: Rows, gatewayRefundId: string, asOf: Date): Promise<void> {
  const amount = amountOf(refund);
  const keptAsCredit = refund.status === 'canceled';
  refund.gatewayRefundId = gatewayRefundId;
  payment.refundedMinor += refund.amountMinor;
  post(em, {
    key: happening(refund),
    kind: 'refund',
    customerId: refund.customerId ?? null,
    occurredAt: asOf,
    to: 'credit_balance',
    from: gatewayAccount(payment),
    amount,
  });
  note(em, 'payment.refunded', { payment, refund }, asOf);
  if (keptAsCredit)
    openTask(
      em,
      {
        key: `refunded-after-all/${refund.id}`,
        kind: 'refunded_after_all',
        text: `${describeMoney(amount)} was kept as credit of the customer, but ${vendorLabel(payment.gateway)} had refunded it already as ${gatewayRefundId}. It is no credit any more.`,
        customerId: refund.customerId,
        orderId: order?.id,
        paymentId: payment.id,
      },
      asOf,
    );
  if (!order) return;
  if (order.status === 'canceled' && endsOrder(refund)) order.status = 'refunded';
  addOrderEvent(
    em,
    order,
    { key: happening(refund), kind: 'refunded', text: `${describeMoney(amount)} refunded` },
    asOf,
  );
}

/** A second payment goes back whatever becomes of its order. */
const endsOrder = ({ reason }: Refund) => reason !== 'duplicate';

async function takeBack(em: Em, { payment, order, refund }: Rows, because: string, asOf: Date): Promise<void> {
  const amount = amountOf(refund);
  payment.refundedMinor -= refund.amountMinor;
  post(em, {
    key: `${happening(refund)}/failed`,
    kind: 'refund_failed',
    customerId: refund.customerId ?? null,
    occurredAt: asOf,
    to: gatewayAccount(payment),
    from: 'credit_balance',
    amount,
  });
  note(em, 'payment.refund_failed', { payment, refund }, asOf, because);
  if (!order) return;
  if (order.status === 'refunded' && endsOrder(refund)) order.status = 'canceled';
  const text = `The refund of ${describeMoney(amount)} did not arrive; the amount is credit until it is sent again`;
  addOrderEvent(em, order, { key: `${happening(refund)}/failed`, kind: 'refund_failed', text }, asOf);
}

function note(
  em: Em,
  action: string,
  { payment, refund }: Pick<Rows, 'payment' | 'refund'>,
  at: Date,
  reason?: string,
): void {
  audit(em, {
    at,
    actor: { type: 'workflow' },
    action,
    object: { type: 'payment', id: payment.id },
    customerId: refund.customerId ?? undefined,
    reason,
    after: { amount: describeMoney(amountOf(refund)), gatewayRefundId: refund.gatewayRefundId },
  });
}

/** Nobody waits for a refund that was sent: a workflow of its own parks with what the gateway said. */
function sendAnew(em: Em, { order, refund }: Rows, asOf: Date): void {
  const { id: refundId, customerId } = refund;
  const args = [{ refundId, customerId: customerId ?? undefined, orderId: order?.id }];
  const workflowId = refundWorkflow(refundId, tryNumber(refund));
  startLater(em, { workflowId, type: WORKFLOW_TYPES.resendRefund, args }, asOf);
}
