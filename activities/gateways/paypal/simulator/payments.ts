/** Captures and refunds: where simulated money moves. */
import { vaultWallet } from './vault/wallets.ts';
import { cents, moneyOf, shortText, unprocessable, wireOf, type Json } from './wire.ts';
import { newId, type CaptureRow, type Machine, type OrderRow, type RefundRow, type World } from './world.ts';
import { captureView, orderView, refundView } from './views.ts';

/** After so many refused captures an order is dead. Source: the name; the number is ours. */
const REFUSALS_MAX = 10;

export const showOrder = ({ world, base }: Machine, order: OrderRow) =>
  orderView(order, base(), order.walletId !== undefined && world.wallets.get(order.walletId) !== undefined);

/** Takes the money of an approved order. @throws Refusal as PayPal would; the order stays approved */
export function captureOrder(machine: Machine, order: OrderRow): OrderRow {
  const { world } = machine;
  if (order.capture) throw unprocessable('ORDER_ALREADY_CAPTURED');
  if (order.status !== 'APPROVED') throw unprocessable('ORDER_NOT_APPROVED');
  if (order.refusals >= REFUSALS_MAX) throw unprocessable('MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED');
  if (order.plan.refuse) {
    world.save({ ...order, refusals: order.refusals + 1 });
    throw unprocessable(order.plan.refuse);
  }
  return takeMoney(machine, order, { status: order.plan.capture ?? 'COMPLETED', reason: order.plan.reason });
}

/** @throws Refusal DUPLICATE_INVOICE_ID when another order was paid under this number */
export function takeMoney(
  machine: Machine,
  order: OrderRow,
  { status, reason }: Pick<CaptureRow, 'status' | 'reason'>,
): OrderRow {
  const { world } = machine;
  if (status !== 'DECLINED') useInvoiceNumber(world, order.invoiceId, order.id);
  const capture: CaptureRow = { id: newId(), status, reason, createdAt: world.at(), updatedAt: world.at() };
  world.owners.set(capture.id, order.id);
  const paid = world.save({ ...order, ...vaultWallet(machine, order, status), status: 'COMPLETED', capture });
  tellCapture(machine, paid);
  machine.emit('CHECKOUT.ORDER.COMPLETED', 'checkout-order', showOrder(machine, paid), 'Checkout order is completed.');
  return paid;
}

/** A number pays once, and a credit note refunds once: one register for both. */
function useInvoiceNumber(world: World, invoiceId: string | undefined, owner: string) {
  if (invoiceId === undefined) return;
  const user = world.invoices.get(invoiceId);
  if (user !== undefined && user !== owner) throw unprocessable('DUPLICATE_INVOICE_ID', 'invoice_id');
  world.invoices.set(invoiceId, owner);
}

/** Only what succeeds, or may yet, uses a number: one that was declined is free for another payment. */
function freeInvoiceNumber(world: World, { invoiceId, id }: OrderRow) {
  if (invoiceId !== undefined && world.invoices.get(invoiceId) === id) world.invoices.delete(invoiceId);
}

export function tellCapture({ emit, base }: Machine, order: OrderRow) {
  const { capture } = order;
  if (!capture) return;
  const view = captureView(order, capture, base());
  emit(`PAYMENT.CAPTURE.${capture.status}`, 'capture', view, `Payment ${capture.status.toLowerCase()}.`);
}

/** Ends what was pending: the money arrives, or it does not. */
export function endPending(machine: Machine, order: OrderRow, status: 'COMPLETED' | 'DECLINED'): OrderRow {
  const { capture } = order;
  if (capture?.status !== 'PENDING') throw unprocessable('CAPTURE_STATUS_INVALID');
  const ended = machine.world.save({
    ...order,
    capture: { ...capture, status, reason: undefined, updatedAt: machine.world.at() },
  });
  if (status === 'DECLINED') freeInvoiceNumber(machine.world, ended);
  tellCapture(machine, ended);
  return ended;
}

/** The bank did not take it: the money is the merchant's again. */
export function failRefund(machine: Machine, order: OrderRow, refundId: string): OrderRow {
  const failed = order.refunds.map((each) => (each.id === refundId ? { ...each, status: 'FAILED' as const } : each));
  const left = failed.some(({ status }) => status !== 'FAILED') ? 'PARTIALLY_REFUNDED' : 'COMPLETED';
  const capture = { ...order.capture!, status: left as CaptureRow['status'], updatedAt: machine.world.at() };
  const changed = machine.world.save({ ...order, refunds: failed, capture });
  const refund = failed.find(({ id }) => id === refundId)!;
  machine.emit('PAYMENT.REFUND.FAILED', 'refund', refundView(changed, refund, machine.base()), 'A refund failed.');
  return changed;
}

export const refundedOf = (order: OrderRow) =>
  order.refunds.filter(({ status }) => status !== 'FAILED').reduce((sum, { amount }) => sum + cents(amount), 0n);

/** @param id  chosen before, so that its request id could be remembered first */
export function refundCapture(machine: Machine, order: OrderRow, body: Json, id = newId()): RefundRow {
  const { world } = machine;
  const { capture } = order;
  if (!capture || capture.status === 'PENDING') throw unprocessable('PENDING_CAPTURE');
  if (capture.status === 'DECLINED') throw unprocessable('CAPTURE_STATUS_NOT_VALID');
  const disputed = world.disputes.all().some((each) => each.captureId === capture.id && each.status === 'OPEN');
  const total = cents(order.amount);
  const left = total - refundedOf(order);
  if (left === 0n) throw unprocessable('CAPTURE_FULLY_REFUNDED');
  const currency = order.amount.currency_code;
  const amount = body['amount'] === undefined ? wireOf(left, currency) : moneyOf(body['amount'], 'amount');
  if (amount.currency_code !== currency) throw unprocessable('CURRENCY_MISMATCH', 'amount/currency_code');
  if (cents(amount) > left) throw unprocessable('REFUND_AMOUNT_EXCEEDED', 'amount/value');
  if (disputed && cents(amount) < total) throw unprocessable('TRANSACTION_DISPUTED');
  const invoiceId = shortText(body['invoice_id'], 127, 'invoice_id');
  useInvoiceNumber(world, invoiceId, id);
  const refund: RefundRow = {
    id,
    status: 'COMPLETED',
    amount,
    invoiceId,
    customId: shortText(body['custom_id'], 127, 'custom_id'),
    note: shortText(body['note_to_payer'], 255, 'note_to_payer'),
    createdAt: world.at(),
  };
  world.owners.set(id, order.id);
  const status = cents(amount) === left ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  const refunded = world.save({
    ...order,
    refunds: [...order.refunds, refund],
    capture: { ...capture, status, updatedAt: world.at() },
  });
  const view = refundView(refunded, refund, machine.base());
  machine.emit('PAYMENT.CAPTURE.REFUNDED', 'refund', view, 'A payment was refunded.');
  return refund;
}
