import { newId, reference } from '#domain/ids.ts';
import { civilDate } from '#domain/calendar/civil-dates.ts';
import { describeMoney, money } from '#domain/money/money.ts';
import { audit, type AuditRecord } from '#db/audit/entry.ts';
import {
  Customer,
  Invoice,
  InvoiceLine,
  Order,
  OrderEvent,
  OrderLine,
  Plan,
  PlanPrice,
  type Cycle,
  type OrderWishes,
  type Party,
} from '#db/entities/index.ts';
import { nextNumber } from '#db/money/number-series.ts';
import type { Em } from '#db/orm.ts';
import { startLater } from '#db/messages/outbox.ts';
import { orderWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import type { OrderToFulfill } from '#workflows/messages.ts';

export interface OrderToPlace {
  customerId: string;
  /** Code of a plan on offer. */
  plan: string;
  cycle: Cycle;
  currency: string;
  gateway: 'stripe' | 'paypal' | 'recorded';
  wishes?: OrderWishes;
}

export interface PlacedBy {
  actor: AuditRecord['actor'];
  requestId?: string | undefined;
  network?: string | undefined;
}

export interface Shop {
  seller: Party;
  /** IANA zone in which issue and due dates are counted. */
  billingZone: string;
}

export type PlaceOutcome =
  | { outcome: 'placed'; order: Order; invoiceNumber: string }
  | { outcome: 'plan_not_offered' }
  /** All of a customer's money is of one currency. */
  | { outcome: 'currency_fixed'; currency: string };

/**
 * Places an order inside the caller's transaction: order, its open invoice, its workflow's start, and the
 * explanation of all, or nothing. The price is the one on offer now (BIZ-01); nothing of it comes from the request.
 * The invoice's number is taken last, so the counter is locked only until the caller commits.
 */
export async function placeOrder(
  em: Em,
  { customerId, plan: code, cycle, currency, gateway, wishes = {} }: OrderToPlace,
  by: PlacedBy,
  { seller, billingZone }: Shop,
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
  em.create(OrderEvent, {
    ...own,
    id: newId(),
    key: 'placed',
    kind: 'placed',
    text: `Order ${ref} placed: ${description}, ${describeMoney(total)}.`,
    at: asOf,
  });
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
  await em.flush();

  const { number, issuedOn } = await nextNumber(em, 'INV', civilDate(asOf, billingZone));
  const free = total.minor === 0;
  const invoiceId = newId();
  em.create(Invoice, {
    id: invoiceId,
    number,
    customerId,
    orderId: id,
    subscriptionId: null,
    kind: 'initial',
    status: free ? 'paid' : 'open',
    currency,
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
    paidAt: free ? asOf : null,
    voidedAt: null,
  });
  em.create(InvoiceLine, { id: newId(), invoiceId, customerId, position: 1, description, amountMinor: total.minor });
  await em.flush();
  return { outcome: 'placed', order, invoiceNumber: number };
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

const buyerOf = ({ name, company, email, country }: Customer): Party => ({
  name,
  ...(company ? { company } : {}),
  email,
  country,
});
