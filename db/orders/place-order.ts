import type { PaidThrough } from '#domain/vendors.ts';
import { newId, reference } from '#domain/ids.ts';
import { describeMoney, money } from '#domain/money/money.ts';
import { audit, type AuditRecord } from '#db/audit/entry.ts';
import { Customer, Order, OrderLine, Plan, PlanPrice, type Cycle, type OrderWishes } from '#db/entities/index.ts';
import { issueInvoice, type Shop } from '#db/money/issue-invoice.ts';
import { addOrderEvent } from './order-events.ts';
import { flush, type Em } from '#db/orm.ts';
import { startLater } from '#db/messages/outbox.ts';
import { orderWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import type { OrderToFulfill } from '#domain/workflows/workflow-arguments.ts';

export interface OrderToPlace {
  customerId: string;
  /** Code of a plan on offer. */
  plan: string;
  cycle: Cycle;
  currency: string;
  gateway: PaidThrough;
  wishes?: OrderWishes;
}

export interface PlacedBy {
  actor: AuditRecord['actor'];
  requestId?: string | undefined;
  network?: string | undefined;
}

export type PlaceOutcome =
  | { outcome: 'placed'; order: Order; invoiceNumber: string }
  | { outcome: 'plan_not_offered' }
  /** All of a customer's money is of one currency. */
  | { outcome: 'currency_fixed'; currency: string };

/**
 * Places an order inside the caller's transaction: order, its open invoice, its workflow's start, and the
 * explanation of all, or nothing. The price is the one on offer now (BIZ-01); nothing of it comes from the request.
 * The invoice is issued last, as its number's counter stays locked until the caller commits.
 */
export async function placeOrder(
  em: Em,
  { customerId, plan: code, cycle, currency, gateway, wishes = {} }: OrderToPlace,
  by: PlacedBy,
  shop: Shop,
  asOf: Date,
): Promise<PlaceOutcome> {
  const plan = await em.findOne(Plan, { code, active: true });
  const price = plan && (await em.findOne(PlanPrice, { planId: plan.id, cycle, currency, active: true }));
  if (!plan || !price) return { outcome: 'plan_not_offered' };

  const fixed = await fixCurrency(em, customerId, currency);
  if (fixed !== currency) return { outcome: 'currency_fixed', currency: fixed };
  const customer = await em.findOneOrFail(Customer, { id: customerId });

  const id = newId();
  const ref = reference('O', id);
  const total = money(price.amountMinor, currency);
  const description = `${plan.name}, ${cycle}`;
  const own = { orderId: id, customerId };
  const order = em.create(Order, {
    id,
    reference: ref,
    customerId,
    status: 'awaiting_payment',
    gateway,
    currency,
    totalMinor: total.minor,
    checkoutUrl: null,
    checkoutExpiresAt: null,
    wishes,
    placedAt: asOf,
    paidAt: null,
    activeAt: null,
    endedAt: null,
    endedBecause: null,
  });
  em.create(OrderLine, {
    ...own,
    id: newId(),
    planId: plan.id,
    planPriceId: price.id,
    cycle,
    description,
    amountMinor: total.minor,
  });
  addOrderEvent(
    em,
    order,
    { key: 'placed', text: `Order ${ref} placed: ${description}, ${describeMoney(total)}.` },
    asOf,
  );
  startLater(
    em,
    {
      workflowId: orderWorkflow(id),
      type: WORKFLOW_TYPES.fulfillOrder,
      args: [{ orderId: id, customerId } satisfies OrderToFulfill],
      search: { OrderId: id, CustomerId: customerId },
    },
    asOf,
  );
  audit(em, {
    at: asOf,
    ...by,
    action: 'order.placed',
    object: { type: 'order', id },
    customerId,
    after: { reference: ref, plan: code, cycle, total: describeMoney(total), gateway, ...wishes },
  });
  await flush(em);

  const invoice = await issueInvoice(em, { customer, orderId: id, kind: 'initial', description, total }, shop, asOf);
  return { outcome: 'placed', order, invoiceNumber: invoice.number! };
}

/** The first order fixes it; the row stays locked, so two first orders at once agree (BIZ-03). */
async function fixCurrency(em: Em, customerId: string, currency: string): Promise<string> {
  const [row] = await em.execute<{ currency: string }[]>(
    `update customer set currency = coalesce(currency, ?) where id = ? returning currency`,
    [currency, customerId],
  );
  if (!row) throw new Error(`Customer ${customerId} is not there, or not the one who acts.`);
  return row.currency;
}
