import { civilDate } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import type { Money } from '#domain/money/money.ts';
import { Invoice, InvoiceLine, type Customer, type Party } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { nextNumber } from './number-series.ts';

export interface Shop {
  seller: Party;
  /** IANA zone in which issue and due dates are counted. */
  billingZone: string;
}

export interface InvoiceToIssue {
  customer: Customer;
  orderId: string | null;
  kind: 'initial';
  description: string;
  total: Money;
}

/**
 * Issues an invoice, due at once, inside the caller's transaction; one over nothing is paid as it is issued. Its number
 * is taken last, so that the counter is locked only until the caller commits: call it when all else is written.
 */
export async function issueInvoice(
  em: Em,
  { customer, orderId, kind, description, total }: InvoiceToIssue,
  { seller, billingZone }: Shop,
  asOf: Date,
): Promise<Invoice> {
  const { number, issuedOn } = await nextNumber(em, 'INV', civilDate(asOf, billingZone));
  const isFree = total.minor === 0;
  const invoice = em.create(Invoice, {
    id: newId(),
    number,
    customerId: customer.id,
    orderId,
    subscriptionId: null,
    kind,
    status: isFree ? 'paid' : 'open',
    currency: total.currency,
    totalMinor: total.minor,
    paidMinor: 0,
    creditedMinor: 0,
    dueMinor: total.minor,
    periodStart: null,
    periodEnd: null,
    issuedOn,
    dueOn: issuedOn,
    policyVersion: 1,
    seller,
    buyer: buyerOf(customer),
    createdAt: asOf,
    paidAt: isFree ? asOf : null,
    voidedAt: null,
  });
  em.create(InvoiceLine, {
    id: newId(),
    invoiceId: invoice.id,
    customerId: customer.id,
    position: 1,
    description,
    amountMinor: total.minor,
  });
  await em.flush();
  return invoice;
}

const buyerOf = ({ name, company, email, country }: Customer): Party => ({
  name,
  ...(company ? { company } : {}),
  email,
  country,
});
