import type { z } from '@hono/zod-openapi';
import { money, toJson } from '#domain/money/money.ts';
import type { InvoiceStatus, Party } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { InvoiceList, InvoiceSummary, InvoiceView } from '../contracts/invoices.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { isoOrNull } from '../http/sql-time.ts';

interface InvoiceRow {
  id: string;
  number: string | null;
  kind: 'initial' | 'renewal' | 'plan_change';
  status: InvoiceStatus;
  currency: string;
  total_minor: string;
  due_minor: string;
  paid_minor: string;
  credited_minor: string;
  order_id: string | null;
  issued_on: string | null;
  due_on: string | null;
  period_start: string | null;
  period_end: string | null;
  paid_at: string | null;
  seller: Party;
  buyer: Party;
}

const SELECT = `select i.id, i.number, i.kind, i.status, i.currency, i.total_minor, i.due_minor, i.paid_minor, i.credited_minor,
  i.order_id, i.issued_on, i.due_on, i.period_start, i.period_end, i.paid_at, i.seller, i.buyer from invoice i`;

export interface InvoiceSearch {
  customerId?: string | undefined;
  status?: InvoiceStatus | undefined;
  after?: string | undefined;
  limit: number;
}

/** Newest first; ids are time-ordered. */
export async function findInvoices(
  em: Em,
  { customerId, status, after, limit }: InvoiceSearch,
): Promise<z.infer<typeof InvoiceList>> {
  const [sql, values] = pageQuery(
    SELECT,
    [
      !!customerId && ['i.customer_id = ?', customerId],
      !!status && ['i.status = ?', status],
      !!after && ['i.id < ?', after],
    ],
    'i.id desc',
    limit,
  );
  const { page, next } = pageOf(await em.execute<InvoiceRow[]>(sql, values), limit);
  return { invoices: page.map(summaryOf), next };
}

/** @param customerId  only if it is this customer's; row-level security holds as well */
export async function readInvoice(
  em: Em,
  id: string,
  customerId?: string,
): Promise<z.infer<typeof InvoiceView> | null> {
  const [row] = await em.execute<InvoiceRow[]>(
    `${SELECT} where i.id = ?${customerId ? ' and i.customer_id = ?' : ''}`,
    customerId ? [id, customerId] : [id],
  );
  if (!row) return null;
  const lines = await em.execute<{ position: number; description: string; amount_minor: string }[]>(
    `select position, description, amount_minor from invoice_line where invoice_id = ? order by position`,
    [id],
  );
  const notes = await em.execute<{ number: string; total_minor: string; reason: string; issued_on: string }[]>(
    `select number, total_minor, reason, issued_on from credit_note where invoice_id = ? order by number`,
    [id],
  );
  const amount = (minor: string) => toJson(money(Number(minor), row.currency));
  return {
    ...summaryOf(row),
    paid: amount(row.paid_minor),
    credited: amount(row.credited_minor),
    period_start: row.period_start,
    period_end: row.period_end,
    seller: row.seller,
    buyer: row.buyer,
    lines: lines.map(({ position, description, amount_minor }) => ({
      position,
      description,
      amount: amount(amount_minor),
    })),
    credit_notes: notes.map(({ total_minor, ...note }) => ({ ...note, total: amount(total_minor) })),
  };
}

const summaryOf = (row: InvoiceRow): z.infer<typeof InvoiceSummary> => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  status: row.status,
  total: toJson(money(Number(row.total_minor), row.currency)),
  due: toJson(money(Number(row.due_minor), row.currency)),
  order_id: row.order_id,
  issued_on: row.issued_on,
  due_on: row.due_on,
  paid_at: isoOrNull(row.paid_at),
});
