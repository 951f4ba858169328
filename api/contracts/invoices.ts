import { z } from '@hono/zod-openapi';
import { Country, Id, Instant, MoneyWire } from './common.ts';
import { Page } from './orders.ts';

const Party = z.strictObject({ name: z.string(), company: z.string().optional(), email: z.string(), country: Country });
const summary = {
  id: Id,
  number: z.string().nullable(),
  kind: z.enum(['initial', 'renewal', 'plan_change']),
  status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']),
  total: MoneyWire,
  due: MoneyWire,
  order_id: Id.nullable(),
  issued_on: z.iso.date().nullable(),
  due_on: z.iso.date().nullable(),
  paid_at: Instant.nullable(),
};
export const InvoiceSummary = z.strictObject(summary).meta({ id: 'InvoiceSummary' });
export const InvoiceList = z
  .strictObject({ invoices: z.array(InvoiceSummary), next: Id.nullable() })
  .meta({ id: 'InvoiceList' });
export const InvoiceView = z
  .strictObject({
    ...summary,
    paid: MoneyWire,
    credited: MoneyWire.meta({ description: 'Given back by credit notes' }),
    period_start: z.iso.date().nullable(),
    period_end: z.iso.date().nullable(),
    seller: Party,
    buyer: Party,
    lines: z.array(z.strictObject({ position: z.int(), description: z.string(), amount: MoneyWire })),
    credit_notes: z.array(
      z.strictObject({ number: z.string(), total: MoneyWire, reason: z.string(), issued_on: z.iso.date() }),
    ),
  })
  .meta({ id: 'Invoice' });
export const FindInvoices = z.strictObject({
  ...Page,
  status: z.enum(['open', 'paid', 'void', 'uncollectible']).optional(),
});
