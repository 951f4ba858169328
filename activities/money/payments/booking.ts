import { isId, newId } from '#domain/ids.ts';
import { describeMoney, type Money } from '#domain/money/money.ts';
import { audit } from '#db/audit/entry.ts';
import { Invoice, Order, Payment, PaymentAttempt, Refund, WebhookInbox } from '#db/entities/index.ts';
import { type Em, inTransaction, LOCKED, type Orm } from '#db/orm.ts';
import type { SettledPayment } from '#activities/gateways/gateway.ts';
import { lateMoney, secondTime, unattended } from './booking-tasks.ts';
import { writeCreditNote } from '../ledger/credit-notes.ts';
import { gatewayAccount, post } from '../ledger/ledger.ts';
import { requestRefund } from '../refunds/refund-books.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { openTask } from '#activities/desk/tasks.ts';

export interface MoneyToBook {
  gateway: string;
  account: string;
  payment: SettledPayment;
  /** The try it belongs to; without one the money's own reference decides. */
  attemptId: string | null;
  /** Staff accepted an amount that does not match. */
  accept: boolean;
  /** Billing zone, for the date of a credit note. */
  zone: string;
  /** No workflow of the order is running: staff are told of what it would have to go on with. */
  unattended?: boolean;
  /** Inbox rows that this booking explains. */
  inboxIds?: readonly string[];
  asOf: number;
}

export type Booked =
  /** The invoice is paid by it, now or before. */
  | { outcome: 'allocated' }
  /** A second payment of a paid invoice: it is credit, and goes back if it came soon after the first. */
  | { outcome: 'duplicate'; refundId: string | null }
  /** For an invoice that is void or unknown: credit and a task. */
  | { outcome: 'credited' }
  | { outcome: 'mismatch'; got: Money; owed: Money };

/** A second payment within this time of the first goes back by itself. */
const REFUND_WITHIN_MS = 24 * 3_600_000;

/**
 * Books money that has moved, once, whatever it is for: identified by gateway, account and the gateway's own id.
 * It is never dropped: what does not fit an open invoice becomes credit with a task for staff.
 */
export function bookSettled(orm: Orm, money: MoneyToBook): Promise<Booked> {
  return inTransaction(orm, async (em) => {
    const attempt = await attemptOf(em, money);
    const invoice = attempt ? await em.findOne(Invoice, attempt.invoiceId, LOCKED) : null;
    // Money of no invoice has no row to wait for when it is seen twice at once.
    if (!invoice) await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`payment/${nameOf(money)}`]);
    const payment = await em.findOne(Payment, identity(money), LOCKED);
    if (payment && !(money.accept && payment.allocatedMinor === 0)) return await known(em, payment, attempt);
    const row = payment ?? enter(em, money, attempt, invoice);
    await explain(em, money.inboxIds ?? []);
    return await place(em, row, money, attempt, invoice, payment !== null);
  });
}

/** Marks inbox rows as explained. */
export async function explain(em: Em, inboxIds: readonly string[]): Promise<void> {
  if (inboxIds.length === 0) return;
  await em.nativeUpdate(WebhookInbox, { id: { $in: [...inboxIds] }, outcome: null }, { outcome: 'told' });
}

const identity = ({ gateway, account, payment }: MoneyToBook) => ({
  gateway,
  account,
  gatewayPaymentId: payment.gatewayPaymentId,
});

const nameOf = ({ gateway, account, payment }: MoneyToBook) => `${gateway}/${account}/${payment.gatewayPaymentId}`;

async function attemptOf(em: Em, { attemptId, payment }: MoneyToBook): Promise<PaymentAttempt | null> {
  const id = attemptId ?? payment.reference?.attemptId;
  // Somebody else's money may carry anything where we write ours.
  return id && isId(id) ? em.findOne(PaymentAttempt, id) : null;
}

/** What an earlier run of this booking had come to. */
async function known(em: Em, payment: Payment, attempt: PaymentAttempt | null): Promise<Booked> {
  if (payment.allocatedMinor > 0) return { outcome: 'allocated' };
  const refund = await em.findOne(Refund, { paymentId: payment.id, status: 'requested' });
  if (refund) return { outcome: 'duplicate', refundId: refund.id };
  const invoice = attempt ? await em.findOne(Invoice, attempt.invoiceId) : null;
  if (invoice?.status !== 'open' || !attempt) return { outcome: 'credited' };
  const got = { minor: payment.amountMinor, currency: payment.currency };
  return { outcome: 'mismatch', got, owed: { minor: attempt.amountMinor, currency: attempt.currency } };
}

function enter(
  em: Em,
  { payment, gateway, account, asOf }: MoneyToBook,
  attempt: PaymentAttempt | null,
  invoice: Invoice | null,
): Payment {
  return em.create(Payment, {
    id: newId(),
    customerId: invoice?.customerId ?? null,
    invoiceId: invoice?.id ?? null,
    attemptId: attempt?.id ?? null,
    gateway,
    account,
    gatewayPaymentId: payment.gatewayPaymentId,
    amountMinor: payment.amount.minor,
    allocatedMinor: 0,
    refundedMinor: 0,
    currency: payment.amount.currency,
    paidAt: payment.paidAt,
    bookedAt: new Date(asOf),
  });
}

async function place(
  em: Em,
  row: Payment,
  money: MoneyToBook,
  attempt: PaymentAttempt | null,
  invoice: Invoice | null,
  isCredit: boolean,
): Promise<Booked> {
  const asOf = new Date(money.asOf);
  const amount = money.payment.amount;
  const enterAs = (from: 'invoices' | 'credit_balance' | 'unmatched', part: Money, suffix = '') =>
    post(em, {
      key: `payment/${row.id}${isCredit ? '/accepted' : ''}${suffix}`,
      kind: 'payment',
      customerId: row.customerId ?? null,
      occurredAt: money.payment.paidAt,
      to: isCredit ? 'credit_balance' : gatewayAccount(money),
      from,
      amount: part,
    });
  audit(em, {
    at: asOf,
    actor: { type: 'gateway', id: `${money.gateway}/${money.account}` },
    action: isCredit ? 'payment.accepted' : 'payment.booked',
    object: { type: 'payment', id: row.id },
    customerId: row.customerId ?? undefined,
    after: { amount: describeMoney(amount), gatewayPaymentId: row.gatewayPaymentId },
  });

  if (!invoice || !attempt || invoice.status === 'void' || invoice.status === 'uncollectible') {
    enterAs(row.customerId ? 'credit_balance' : 'unmatched', amount);
    openTask(em, lateMoney(row, amount, invoice), asOf);
    return { outcome: 'credited' };
  }
  if (invoice.status === 'paid') {
    enterAs('credit_balance', amount);
    return await secondPayment(em, row, amount, invoice, asOf);
  }
  const owed = { minor: invoice.totalMinor - invoice.paidMinor - invoice.creditedMinor, currency: invoice.currency };
  if (amount.currency !== owed.currency || (amount.minor !== owed.minor && !money.accept)) {
    if (!isCredit) enterAs('credit_balance', amount);
    if (money.unattended) openTask(em, unattended(row, invoice, { got: amount, owed }), asOf);
    return { outcome: 'mismatch', got: amount, owed };
  }
  const paying = Math.min(amount.minor, owed.minor);
  enterAs('invoices', { minor: paying, currency: owed.currency });
  if (amount.minor > paying && !isCredit)
    enterAs('credit_balance', { minor: amount.minor - paying, currency: owed.currency }, '/surplus');
  row.allocatedMinor = paying;
  invoice.paidMinor += paying;
  if (paying < owed.minor)
    await writeCreditNote(em, invoice, owed.minor - paying, 'accepted as paid in full', money.zone, asOf);
  invoice.status = 'paid';
  invoice.paidAt = asOf;
  attempt.status = 'succeeded';
  attempt.gatewayPaymentId = row.gatewayPaymentId;
  attempt.updatedAt = asOf;
  await orderPaid(em, invoice, amount, asOf);
  if (money.unattended) openTask(em, unattended(row, invoice, { got: amount }), asOf);
  await keepMethod(em, money, invoice.customerId, asOf);
  return { outcome: 'allocated' };
}

async function orderPaid(em: Em, invoice: Invoice, amount: Money, asOf: Date): Promise<void> {
  if (!invoice.orderId) return;
  const order = { id: invoice.orderId, customerId: invoice.customerId };
  await em.nativeUpdate(Order, order.id, { status: 'provisioning', paidAt: asOf, checkoutUrl: null });
  addOrderEvent(
    em,
    order,
    { key: 'paid', text: `Payment of ${describeMoney(amount)} received; invoice ${invoice.number} is paid` },
    asOf,
  );
}

async function secondPayment(em: Em, row: Payment, amount: Money, invoice: Invoice, asOf: Date): Promise<Booked> {
  const first = await em.findOne(
    Payment,
    { invoiceId: invoice.id, allocatedMinor: { $gt: 0 } },
    { orderBy: { bookedAt: 'asc' } },
  );
  const soon = first !== null && asOf.getTime() - first.bookedAt.getTime() <= REFUND_WITHIN_MS;
  openTask(em, secondTime(row, amount, invoice, soon), asOf);
  if (!soon) return { outcome: 'duplicate', refundId: null };
  const refund = requestRefund(em, row, amount.minor, 'duplicate', null, asOf);
  return { outcome: 'duplicate', refundId: refund.id };
}

async function keepMethod(
  em: Em,
  { gateway, account, payment }: MoneyToBook,
  customerId: string,
  asOf: Date,
): Promise<void> {
  const { method } = payment;
  if (!method) return;
  await em.execute(
    `insert into payment_method (id, customer_id, gateway, account, gateway_customer_id, method_id, kind, brand, last4, exp_month,
       exp_year, is_default, created_at)
     select ?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?, ?, ?, ?, not exists (select 1 from payment_method where customer_id = ?), ?
     on conflict (gateway, account, method_id) do nothing`,
    [
      newId(),
      customerId,
      gateway,
      account,
      method.gatewayCustomerId,
      method.methodId,
      method.kind,
      method.brand ?? null,
      method.last4 ?? null,
      method.expMonth ?? null,
      method.expYear ?? null,
      customerId,
      asOf,
    ],
  );
}
