/** Transaction search and disputes. Source: Transaction Search v1, Disputes v1. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { disputeView } from './views.ts';
import { missing, Refusal } from './wire.ts';
import type { DisputeRow, Machine, OrderRow } from './world.ts';

const WIDEST_MS = 31 * 86_400_000;

export function reportingRoutes(app: Hono<{ Bindings: HttpBindings }>, { world, base }: Machine) {
  app.get('/v1/reporting/transactions', (c) => {
    const { start_date: start = '', end_date: end = '', page_size: size = '100', page = '1' } = c.req.query();
    const [from, to] = [Date.parse(start), Date.parse(end)];
    if (Number.isNaN(from) || Number.isNaN(to)) throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX', 'start_date');
    if (to - from > WIDEST_MS) throw new Refusal(400, 'INVALID_DATE_RANGE', 'start_date');
    const found = world.orders
      .all()
      .filter(({ capture }) => capture && Date.parse(capture.createdAt) >= from && Date.parse(capture.createdAt) <= to);
    const limit = Number(size);
    return c.json({
      transaction_details: found.slice((Number(page) - 1) * limit, Number(page) * limit).map(transactionView),
      start_date: start,
      end_date: end,
      page: Number(page),
      total_items: found.length,
      total_pages: Math.max(1, Math.ceil(found.length / limit)),
    });
  });

  const view = (dispute: DisputeRow) => disputeView(dispute, world.orderOf(dispute.captureId), base());
  app.get('/v1/customer/disputes', (c) => c.json({ items: world.disputes.all().map(view), links: [] }));
  app.get('/v1/customer/disputes/:id', (c) => {
    const dispute = world.disputes.get(c.req.param('id'));
    if (!dispute) throw missing();
    return c.json(view(dispute));
  });
}

const transactionView = ({ capture, amount, invoiceId, customId }: OrderRow) => ({
  transaction_info: {
    transaction_id: capture?.id,
    transaction_event_code: 'T0006',
    transaction_initiation_date: capture?.createdAt,
    transaction_amount: { currency_code: amount.currency_code, value: amount.value },
    transaction_status: capture?.status === 'COMPLETED' ? 'S' : 'P',
    ...(invoiceId === undefined ? {} : { invoice_id: invoiceId }),
    ...(customId === undefined ? {} : { custom_field: customId }),
  },
});
