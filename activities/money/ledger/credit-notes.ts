import { civilDate } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import { nextNumber } from '#db/money/number-series.ts';
import { addRow, type PendingTable, type RowHolder } from '#db/pending-rows.ts';
import type { Runner } from '#db/statements.ts';

const CREDIT_NOTES: PendingTable = {
  table: 'credit_note',
  columns: [
    'id',
    'number',
    'invoice_id',
    'customer_id',
    'currency',
    'total_minor',
    'reason',
    'issued_on',
    'created_at',
  ],
};

/** Numbers a credit note and adds it; its number locks the series, so call it last in the transaction. */
export async function writeCreditNote(
  on: Runner & RowHolder,
  invoice: { id: string; customerId: string; currency: string },
  totalMinor: number,
  reason: string,
  zone: string,
  asOf: Date,
): Promise<{ id: string; number: string }> {
  const { number, issuedOn } = await nextNumber(on, 'CN', civilDate(asOf, zone));
  const id = newId();
  addRow(on, CREDIT_NOTES, {
    id,
    number,
    invoice_id: invoice.id,
    customer_id: invoice.customerId,
    currency: invoice.currency,
    total_minor: totalMinor,
    reason,
    issued_on: issuedOn,
    created_at: asOf,
  });
  return { id, number };
}
