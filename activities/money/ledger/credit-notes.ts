import { civilDate } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import { CreditNote, type Invoice } from '#db/entities/index.ts';
import { nextNumber } from '#db/money/number-series.ts';
import type { Em } from '#db/orm.ts';

/** Writes and numbers a credit note; its number locks the series, so call it last in the transaction. */
export async function writeCreditNote(
  em: Em,
  invoice: Invoice,
  totalMinor: number,
  reason: string,
  zone: string,
  asOf: Date,
): Promise<CreditNote> {
  const { number, issuedOn } = await nextNumber(em, 'CN', civilDate(asOf, zone));
  invoice.creditedMinor += totalMinor;
  return em.create(CreditNote, {
    id: newId(),
    number,
    invoiceId: invoice.id,
    customerId: invoice.customerId,
    currency: invoice.currency,
    totalMinor,
    reason,
    issuedOn,
    createdAt: asOf,
  });
}
