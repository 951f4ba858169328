import { z } from '@hono/zod-openapi';
import { asActor, type Parts } from '../http/context.ts';
import { FindInvoices, InvoiceList, InvoiceView } from '../contracts/invoices.ts';
import { Id, json } from '../contracts/common.ts';
import { findInvoices, readInvoice } from './read-invoices.ts';
import { notFound } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';

const readers = { actor: 'person', permission: 'invoices.read' } as const;

const list = createRoute({
  method: 'get',
  path: '/invoices',
  access: readers,
  summary: 'One’s own invoices; staff see all',
  request: { query: FindInvoices },
  responses: { 200: { description: 'A page, newest first', content: json(InvoiceList) } },
});

const show = createRoute({
  method: 'get',
  path: '/invoices/{id}',
  access: readers,
  summary: 'An invoice as it was issued, and its credit notes',
  request: { params: z.strictObject({ id: Id }) },
  responses: {
    200: { description: 'The invoice', content: json(InvoiceView) },
    404: { description: 'No such invoice' },
  },
});

export const invoiceRoutes = ({ orm }: Pick<Parts, 'orm'>) =>
  router()
    .openapi(list, async (c) => {
      const actor = c.get('actor');
      const customerId = actor.type === 'customer' ? actor.customerId : undefined;
      const found = await asActor(orm, actor, (em) => findInvoices(em, { ...c.req.valid('query'), customerId }));
      return c.json(found, 200);
    })
    .openapi(show, async (c) => {
      const actor = c.get('actor');
      const customerId = actor.type === 'customer' ? actor.customerId : undefined;
      const invoice = await asActor(orm, actor, (em) => readInvoice(em, c.req.valid('param').id, customerId));
      if (!invoice) throw notFound('invoice');
      return c.json(invoice, 200);
    });
