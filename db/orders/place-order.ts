import type { GatewayName, PaidThrough } from '#domain/vendors.ts';
import { CYCLE_TEXT, type BillingCycle } from '#domain/calendar/civil-dates.ts';
import { newId, reference } from '#domain/ids.ts';
import { isBelowLeast } from '#domain/money/least-amount.ts';
import { describeMoney, money, type Money } from '#domain/money/money.ts';
import { referenceKey } from '#domain/money/payment-reference.ts';
import type { WhenFull } from '#domain/services/placement.ts';
import { audit, type AuditRecord } from '#db/audit/entry.ts';
import type { OrderWishes } from '#db/entities/index.ts';
import { readPlaceable } from '#db/nodes/candidates.ts';
import { issueInvoice, type Buyer, type Shop } from '#db/money/issue-invoice.ts';
import { addRow, type PendingTable } from '#db/pending-rows.ts';
import { run, statement, type Runner } from '#db/statements.ts';
import { addOrderEvent } from './order-events.ts';
import { startLater } from '#db/messages/outbox.ts';
import { orderWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import type { OrderToFulfill } from '#domain/workflows/workflow-arguments.ts';

export interface OrderToPlace {
  customerId: string;
  /** Code of a plan on offer. */
  plan: string;
  cycle: BillingCycle;
  currency: string;
  gateway: PaidThrough;
  wishes?: OrderWishes;
}

export interface PlacedBy {
  actor: AuditRecord['actor'];
  requestId?: string | undefined;
  network?: string | undefined;
}

export interface PlacedOrder {
  id: string;
  reference: string;
  totalMinor: number;
  currency: string;
  invoiceNumber: string;
}

export type PlaceOutcome =
  | { outcome: 'placed'; order: PlacedOrder }
  | { outcome: 'plan_not_offered' }
  /** No node can take it now, and the plan does not wait for one. */
  | { outcome: 'sold_out'; planId: string; planName: string }
  /** All of a customer's money is of one currency. */
  | { outcome: 'currency_fixed'; currency: string }
  /** Of a price that was set before the gateway was switched on. */
  | { outcome: 'too_little'; total: Money; gateway: GatewayName };

/**
 * What is on offer now (BIZ-01), and who buys it. The first order fixes the customer's currency; the row stays locked,
 * so two first orders at once agree (BIZ-03).
 */
const OFFER = statement<Offer & (Buyer | Record<keyof Buyer, null>)>(
  'find_offer',
  `with offer as (
     select p.id as "planId", p.name as "planName", p.when_full as "whenFull", r.id as "priceId", r.amount_minor::text as "amountMinor"
     from plan p join plan_price r on r.plan_id = p.id
     where p.code = $plan and p.active and r.cycle = $cycle and r.currency = $currency and r.active
   ), buyer as (
     update customer set currency = coalesce(currency, $currency) where id = $customerId and exists (select from offer)
     returning currency, name, company, email, country
   )
   select offer.*, buyer.* from offer left join buyer on true`,
);
interface Offer {
  planId: string;
  planName: string;
  whenFull: WhenFull;
  priceId: string;
  amountMinor: string;
  currency: string | null;
}

const ADD_ORDER = statement(
  'add_order',
  `insert into "order" (id, reference, customer_id, status, gateway, currency, total_minor, wishes, payment_reference_key,
     placed_at)
   values ($id, $reference, $customerId, 'awaiting_payment', $gateway, $currency, $total, $wishes::jsonb, $paymentReferenceKey,
     $asOf)`,
);

const ORDER_LINES: PendingTable = {
  table: 'order_line',
  columns: ['id', 'order_id', 'customer_id', 'plan_id', 'plan_price_id', 'cycle', 'description', 'amount_minor'],
};

/**
 * Places an order inside the caller's transaction: order, its open invoice, its workflow's start, and the
 * explanation of all, or nothing. The price is the one on offer now; nothing of it comes from the request.
 * Where a full plan is refused, a node that can take it is looked for, not reserved: the slot is taken at placement, once
 * the order is paid. The invoice is issued last, as its number's counter stays locked until the caller commits.
 */
export async function placeOrder(
  on: Runner,
  { customerId, plan, cycle, currency, gateway, wishes = {} }: OrderToPlace,
  by: PlacedBy,
  shop: Shop,
  asOf: Date,
): Promise<PlaceOutcome> {
  const [offer] = await run(on, OFFER, { customerId, plan, cycle, currency });
  if (!offer) return { outcome: 'plan_not_offered' };
  if (offer.email === null) throw new Error(`Customer ${customerId} is not there, or not the one who acts.`);
  if (offer.currency !== currency) return { outcome: 'currency_fixed', currency: offer.currency! };
  if (offer.whenFull === 'refuse') {
    const { planId, planName } = offer;
    const placeable = await readPlaceable(on, [{ id: planId }], wishes.nodeId);
    if (!placeable.has(planId)) return { outcome: 'sold_out', planId, planName };
  }

  const total = money(Number(offer.amountMinor), currency);
  if (gateway !== 'recorded' && isBelowLeast(total, gateway)) return { outcome: 'too_little', total, gateway };

  const id = newId();
  const ref = reference('O', id);
  const description = `${offer.planName}, ${CYCLE_TEXT[cycle]}`;
  await run(on, ADD_ORDER, {
    id,
    reference: ref,
    customerId,
    gateway,
    currency,
    total: total.minor,
    wishes: JSON.stringify(wishes),
    paymentReferenceKey: wishes.paymentReference === undefined ? null : referenceKey(wishes.paymentReference),
    asOf,
  });
  addRow(on, ORDER_LINES, {
    id: newId(),
    order_id: id,
    customer_id: customerId,
    plan_id: offer.planId,
    plan_price_id: offer.priceId,
    cycle,
    description,
    amount_minor: total.minor,
  });
  addOrderEvent(
    on,
    { id, customerId },
    { key: 'placed', text: `Order ${ref} placed: ${description}, ${describeMoney(total)}.` },
    asOf,
  );
  startLater(
    on,
    {
      workflowId: orderWorkflow(id),
      type: WORKFLOW_TYPES.fulfillOrder,
      args: [{ orderId: id, customerId } satisfies OrderToFulfill],
      search: { OrderId: id, CustomerId: customerId },
    },
    asOf,
  );
  audit(on, {
    at: asOf,
    ...by,
    action: 'order.placed',
    object: { type: 'order', id },
    customerId,
    after: { reference: ref, plan, cycle, total: describeMoney(total), gateway, ...wishes },
  });
  const toIssue = { customerId, buyer: offer, orderId: id, kind: 'initial', description, total } as const;
  const { number: invoiceNumber } = await issueInvoice(on, toIssue, shop, asOf);
  return { outcome: 'placed', order: { id, reference: ref, totalMinor: total.minor, currency, invoiceNumber } };
}
