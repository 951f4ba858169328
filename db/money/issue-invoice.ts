import { civilDate } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import type { Money } from '#domain/money/money.ts';
import type { Party } from '#db/entities/index.ts';
import { addRow, type PendingTable } from '#db/pending-rows.ts';
import { run, statement, type Runner } from '#db/statements.ts';
import { nextNumber } from './number-series.ts';

export interface Shop {
  seller: Party;
  /** IANA zone in which issue and due dates are counted. */
  billingZone: string;
}

/** Who is billed, as the customer's row says now. */
export interface Buyer {
  name: string;
  company: string | null;
  email: string;
  country: string;
}

export interface InvoiceToIssue {
  customerId: string;
  buyer: Buyer;
  orderId: string | null;
  kind: 'initial';
  description: string;
  total: Money;
}

const ADD_INVOICE = statement(
  'add_invoice',
  `insert into invoice (id, number, customer_id, order_id, kind, status, currency, total_minor, issued_on, due_on, seller, buyer,
     created_at, paid_at)
   values ($id, $number, $customerId, $orderId, $kind, $status, $currency, $total, $issuedOn, $issuedOn, $seller::jsonb,
     $buyer::jsonb, $asOf, $paidAt)`,
);

const INVOICE_LINES: PendingTable = {
  table: 'invoice_line',
  columns: ['id', 'invoice_id', 'customer_id', 'position', 'description', 'amount_minor'],
};

/**
 * Issues an invoice, due at once, inside the caller's transaction; one over nothing is paid as it is issued. Its number
 * is taken last, so that the counter is locked only until the caller commits: call it when all else is written.
 */
export async function issueInvoice(
  on: Runner,
  { customerId, buyer, orderId, kind, description, total }: InvoiceToIssue,
  { seller, billingZone }: Shop,
  asOf: Date,
): Promise<{ id: string; number: string }> {
  const { number, issuedOn } = await nextNumber(on, 'INV', civilDate(asOf, billingZone));
  const id = newId();
  const isFree = total.minor === 0;
  await run(on, ADD_INVOICE, {
    id,
    number,
    customerId,
    orderId,
    kind,
    status: isFree ? 'paid' : 'open',
    currency: total.currency,
    total: total.minor,
    issuedOn,
    seller: JSON.stringify(seller),
    buyer: JSON.stringify(partyOf(buyer)),
    asOf,
    paidAt: isFree ? asOf : null,
  });
  addRow(on, INVOICE_LINES, {
    id: newId(),
    invoice_id: id,
    customer_id: customerId,
    position: 1,
    description,
    amount_minor: total.minor,
  });
  return { id, number };
}

const partyOf = ({ name, company, email, country }: Buyer): Party => ({
  name,
  ...(company ? { company } : {}),
  email,
  country,
});
