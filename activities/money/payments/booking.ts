import { isId, newId } from '#domain/ids.ts';
import { allocate, type Allocation, type InvoiceToPay } from '#domain/money/allocation.ts';
import { describeMoney, money, type Money } from '#domain/money/money.ts';
import { audit } from '#db/audit/entry.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import type { Orm } from '#db/orm.ts';
import { change, statement, transaction, type Transaction } from '#db/statements.ts';
import { openTask } from '#db/desk/tasks.ts';
import type { SettledPayment } from '#activities/gateways/gateway.ts';
import { writeCreditNote } from '../ledger/credit-notes.ts';
import { gatewayAccount, post } from '../ledger/ledger.ts';
import { requestRefund } from '../refunds/refund-books.ts';
import { leaveTransfer } from './recorded-transfer.ts';
import { lateMoney, secondTime, unattended } from './booking-tasks.ts';

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

/** The try and its invoice, which is held from here on. */
interface Owed {
  attemptId: string;
  id: string;
  number: string;
  status: InvoiceToPay['status'];
  customerId: string;
  orderId: string | null;
  currency: string;
  dueMinor: number;
}
const LOCK_INVOICE = statement<Owed>(
  'lock_invoice_of_attempt',
  `select a.id as "attemptId", i.id, i.number, i.status, i.customer_id as "customerId", i.order_id as "orderId", i.currency,
     i.due_minor as "dueMinor"
   from payment_attempt a join invoice i on i.id = a.invoice_id where a.id = $attemptId::uuid for update of i`,
);

/** The money as it was booked before. */
interface Known {
  id: string;
  amountMinor: number;
  allocatedMinor: number;
  currency: string;
  customerId: string | null;
  /** It is to be sent back. */
  refundId: string | null;
}
const READ_PAYMENT = statement<Known>(
  'read_payment',
  `select p.id, p.amount_minor as "amountMinor", p.allocated_minor as "allocatedMinor", p.currency,
     p.customer_id as "customerId", (select r.id from refund r where r.payment_id = p.id and r.status = 'requested' limit 1) as "refundId"
   from payment p where p.gateway = $gateway and p.account = $account and p.gateway_payment_id = $gatewayPaymentId`,
);
const READ_FIRST_PAID = statement<{ at: Date }>(
  'read_first_paid',
  'select min(booked_at) as at from payment where invoice_id = $invoiceId and allocated_minor > 0',
);
const HOLD_NAME = statement('hold_payment_name', 'select pg_advisory_xact_lock(hashtext($name))');

/** The payment, and what it pays: nothing but the payment where `$pays` is false. */
const BOOK = change<{ id: string }>(
  'book_payment',
  `with changed as (
     insert into payment (id, customer_id, invoice_id, attempt_id, gateway, account, gateway_payment_id, amount_minor,
       allocated_minor, currency, paid_at, booked_at)
     values ($id, $customerId, $invoiceId, $attemptId, $gateway, $account, $gatewayPaymentId, $amountMinor, $paidMinor, $currency,
       $paidAt, $asOf)
     on conflict (gateway, account, gateway_payment_id) do update set allocated_minor = excluded.allocated_minor
     returning id
   ), invoiced as (
     update invoice set status = 'paid', paid_minor = paid_minor + $paidMinor, credited_minor = credited_minor + $givenUpMinor,
       paid_at = $asOf
     where id = $invoiceId and $pays::boolean
   ), tried as (
     update payment_attempt set status = 'succeeded', gateway_payment_id = $gatewayPaymentId, updated_at = $asOf
     where id = $attemptId and $pays::boolean
   ), ordered as (
     update "order" set status = 'provisioning', paid_at = $asOf, checkout_url = null where id = $orderId::uuid and $pays::boolean
     returning id, customer_id, reference, gateway, wishes, payment_recorded_at
   ), left_over as (${leaveTransfer('the customer has paid at the gateway', 'ordered')}
   ), kept as (
     insert into payment_method (id, customer_id, gateway, account, gateway_customer_id, method_id, kind, brand, last4, exp_month,
       exp_year, is_default, created_at)
     select $newMethodId::uuid, $customerId, $gateway, $account, m->>'gatewayCustomerId', m->>'methodId', m->>'kind', m->>'brand',
       m->>'last4', (m->>'expMonth')::integer, (m->>'expYear')::integer,
       not exists (select from payment_method where customer_id = $customerId), $asOf
     from (select $method::jsonb as m) given where m is not null and $pays::boolean
     on conflict (gateway, account, method_id) do nothing
   ), told as (
     update webhook_inbox set outcome = 'told' where id = any($inboxIds::uuid[]) and outcome is null
   )`,
);

/**
 * Books money that has moved, once, whatever it is for: identified by gateway, account and the gateway's own id.
 * It is never dropped: what does not fit an open invoice becomes credit with a task for staff.
 */
export function bookSettled(orm: Orm, arrived: MoneyToBook): Promise<Booked> {
  return transaction(orm, async (tx) => {
    const [invoice, payment] = await holdAndRead(tx, arrived);
    const isCredit = payment !== undefined;
    if (payment && !(arrived.accept && payment.allocatedMinor === 0)) return whatItCameTo(payment, invoice);
    const allocation = allocate(
      {
        amount: arrived.payment.amount,
        isCredit,
        isAccepted: arrived.accept,
        isUnattended: arrived.unattended ?? false,
        at: new Date(arrived.asOf),
      },
      invoice ? await invoiceToPay(tx, invoice) : null,
    );
    return await book(tx, arrived, allocation, invoice, payment);
  });
}

/** Whoever books for an invoice, or pays back what was booked, holds its row; so the payment is read as it stays. */
async function holdAndRead(tx: Transaction, arrived: MoneyToBook): Promise<[Owed | undefined, Known | undefined]> {
  const { gateway, account } = arrived;
  const identity = { gateway, account, gatewayPaymentId: arrived.payment.gatewayPaymentId };
  const [invoice, payment] = await Promise.all([
    tx.queryOne(LOCK_INVOICE, { attemptId: attemptOf(arrived) }),
    tx.queryOne(READ_PAYMENT, identity),
  ]);
  if (invoice) return [invoice, payment];
  // Money of no invoice has no row to wait for when it is seen twice at once.
  tx.write(HOLD_NAME, { name: `payment/${gateway}/${account}/${identity.gatewayPaymentId}` });
  return [undefined, await tx.queryOne(READ_PAYMENT, identity)];
}

/** Somebody else's money may carry anything where we write ours. */
function attemptOf({ attemptId, payment }: MoneyToBook): string | null {
  const id = attemptId ?? payment.reference?.attemptId;
  return id && isId(id) ? id : null;
}

/** What an earlier run of this booking had come to. */
function whatItCameTo(payment: Known, invoice: Owed | undefined): Booked {
  if (payment.allocatedMinor > 0) return { outcome: 'allocated' };
  if (payment.refundId) return { outcome: 'duplicate', refundId: payment.refundId };
  if (invoice?.status !== 'open') return { outcome: 'credited' };
  return { outcome: 'mismatch', got: money(payment.amountMinor, payment.currency), owed: owedOf(invoice) };
}

const owedOf = ({ dueMinor, currency }: Owed): Money => money(dueMinor, currency);

async function invoiceToPay(tx: Transaction, invoice: Owed): Promise<InvoiceToPay> {
  const { id: invoiceId, status } = invoice;
  const first = status === 'paid' ? await tx.queryOne(READ_FIRST_PAID, { invoiceId }) : undefined;
  return { status, owed: owedOf(invoice), firstPaidAt: first?.at ?? null };
}

/** Writes what was decided; about amounts nothing is decided here. */
async function book(
  tx: Transaction,
  arrived: MoneyToBook,
  allocation: Allocation,
  invoice: Owed | undefined,
  before: Known | undefined,
): Promise<Booked> {
  const { gateway, account, payment: settled } = arrived;
  const { gatewayPaymentId, amount, paidAt } = settled;
  const asOf = new Date(arrived.asOf);
  const customerId = before?.customerId ?? invoice?.customerId ?? null;
  const payment = { id: before?.id ?? newId(), gatewayPaymentId, customerId, currency: amount.currency };
  const pays = allocation.outcome === 'allocated';

  explainPayment(tx, arrived, payment, before !== undefined);
  for (const { from, for: purpose, amount: part, key } of allocation.parts) {
    post(tx, {
      key: `payment/${payment.id}${key}`,
      kind: 'payment',
      customerId,
      occurredAt: paidAt,
      to: from === 'gateway' ? gatewayAccount(arrived) : from,
      from: purpose,
      amount: part,
    });
  }
  const refundId = allocation.isRefunded ? requestRefund(tx, payment, amount.minor, 'duplicate', null, asOf) : null;
  if (invoice && pays) addPaid(tx, invoice, amount, asOf);
  addTask(tx, allocation, payment, amount, invoice, asOf);
  if (invoice && allocation.givenUpMinor > 0)
    await writeCreditNote(tx, invoice, allocation.givenUpMinor, 'accepted as paid in full', arrived.zone, asOf);
  void tx.change(BOOK, {
    ...payment,
    invoiceId: invoice?.id,
    attemptId: invoice?.attemptId,
    orderId: invoice?.orderId,
    gateway,
    account,
    amountMinor: amount.minor,
    paidMinor: allocation.paidMinor,
    givenUpMinor: allocation.givenUpMinor,
    pays,
    paidAt,
    newMethodId: newId(),
    taskId: newId(),
    method: settled.method && JSON.stringify(settled.method),
    inboxIds: arrived.inboxIds ?? [],
    asOf,
  });

  if (allocation.outcome === 'duplicate') return { outcome: 'duplicate', refundId };
  if (allocation.outcome === 'mismatch') return { outcome: 'mismatch', got: amount, owed: owedOf(invoice!) };
  return { outcome: allocation.outcome };
}

interface BookedPayment {
  id: string;
  gatewayPaymentId: string;
  customerId: string | null;
}

const explainPayment = (
  tx: Transaction,
  { gateway, account, payment: { amount }, asOf }: MoneyToBook,
  { id, customerId, gatewayPaymentId }: BookedPayment,
  isCredit: boolean,
): void =>
  audit(tx, {
    at: new Date(asOf),
    actor: { type: 'gateway', id: `${gateway}/${account}` },
    action: isCredit ? 'payment.accepted' : 'payment.booked',
    object: { type: 'payment', id },
    customerId: customerId ?? undefined,
    after: { amount: describeMoney(amount), gatewayPaymentId },
  });

function addPaid(tx: Transaction, { orderId, customerId, number }: Owed, amount: Money, asOf: Date): void {
  const text = `Payment of ${describeMoney(amount)} received; invoice ${number} is paid`;
  if (orderId) addOrderEvent(tx, { id: orderId, customerId }, { key: 'paid', text }, asOf);
}

function addTask(
  tx: Transaction,
  { task, outcome, isRefunded }: Allocation,
  payment: BookedPayment,
  amount: Money,
  invoice: Owed | undefined,
  asOf: Date,
): void {
  if (task === 'late_money') openTask(tx, lateMoney(payment, amount, invoice ?? null), asOf);
  if (!invoice) return;
  if (task === 'duplicate_payment') openTask(tx, secondTime(payment, amount, invoice, isRefunded), asOf);
  if (task !== 'unattended_payment') return;
  const owed = outcome === 'mismatch' ? { owed: owedOf(invoice) } : {};
  openTask(tx, unattended(payment, invoice, { got: amount, ...owed }), asOf);
}
