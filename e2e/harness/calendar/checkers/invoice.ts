import { describeMoney, money } from '#domain/money/money.ts';
import type { Customer, Expectation, ReadHappenings } from './happening.ts';

const aspect = 'invoice';

interface Issued {
  issued: 'initial' | 'renewal' | 'plan_change';
  /** As people read it: EUR 29.00. */
  total: string;
  dueOn: string;
}

/** Invoices issued, and what became of one. */
export const expectInvoice = ({ customerId }: Customer, ...turns: (Issued | 'paid' | 'void')[]): Expectation => ({
  aspect,
  customerId,
  texts: turns.map((turn) => (typeof turn === 'string' ? turn : describeIssued(turn))),
});

const describeIssued = ({ issued, total, dueOn }: Issued) => `${issued} issued, ${total}, due on ${dueOn}`;

interface Row {
  id: string;
  customer_id: string;
  kind: Issued['issued'];
  total: string;
  currency: string;
  due_on: string;
  created_at: Date;
  paid_at: Date | null;
  voided_at: Date | null;
}

export const readInvoices: ReadHappenings = async ({ db }) => {
  const rows = await db.sql<Row & Record<string, unknown>>(
    `select id, customer_id, kind, total_minor as total, currency, due_on::text, created_at, paid_at, voided_at
     from invoice where number is not null`,
  );
  return rows.flatMap((row) => {
    const total = describeMoney(money(Number(row.total), row.currency));
    const issued = describeIssued({ issued: row.kind, total, dueOn: row.due_on });
    const turns: [string, Date | null][] = [
      [issued, row.created_at],
      ['paid', row.paid_at],
      ['void', row.voided_at],
    ];
    return turns.flatMap(([text, at]) =>
      at ? [{ aspect, key: `invoice/${row.id}/${text}`, at, customerId: row.customer_id, text }] : [],
    );
  });
};
