import type { BillingCycle } from '#domain/calendar/civil-dates.ts';
import type { PaidThrough } from '#domain/vendors.ts';
import type { OrderStatus, OrderWishes } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { withAsciiDomain } from '../contracts/email.ts';
import { likeText, pageOf, pageQuery } from '../http/page.ts';

/** One order with what belongs to it, as PostgreSQL answers: instants as text, bigints as text. */
export interface OrderRow {
  id: string;
  reference: string;
  status: OrderStatus;
  gateway: PaidThrough;
  currency: string;
  total_minor: string;
  checkout_url: string | null;
  checkout_expires_at: string | null;
  wishes: OrderWishes;
  placed_at: string;
  paid_at: string | null;
  active_at: string | null;
  ended_at: string | null;
  ended_because: string | null;
  /** Staff have a transfer for it that is not booked yet. */
  is_recorded: boolean;
  is_payment_pending: boolean;
  is_parked: boolean;
  plan_code: string;
  plan_name: string;
  cycle: BillingCycle;
  customer_id: string;
  customer_reference: string;
  customer_number: number;
  customer_name: string;
  customer_email: string;
  invoice_number: string | null;
  service_id: string | null;
  service_reference: string | null;
  service_status: string | null;
  username: string | null;
  node_name: string | null;
  panel_url: string | null;
  paid_through: string | null;
  license_id: string | null;
  key_hint: string | null;
  license_status: string | null;
  license_expires_at: string | null;
}

const FROM = `
  from "order" o
  join order_line l on l.order_id = o.id
  join plan p on p.id = l.plan_id
  join customer c on c.id = o.customer_id
  left join invoice i on i.order_id = o.id and i.kind = 'initial'`;

const SUMMARY = `
  o.id, o.reference, o.status, o.gateway, o.currency, o.total_minor, o.placed_at, o.paid_at, o.active_at, o.ended_at,
  p.code as plan_code, p.name as plan_name, l.cycle, i.number as invoice_number,
  c.id as customer_id, c.number::integer as customer_number, c.reference as customer_reference, c.name as customer_name, c.email as customer_email`;

/** How an order stands beside its status. */
export const STANDING = `
  o.payment_recorded_at is not null and o.status = 'awaiting_payment' as is_recorded,
  exists (select from payment_attempt a where a.order_id = o.id and a.status = 'processing') as is_payment_pending,
  exists (select from incident i where i.order_id = o.id and i.status = 'open') as is_parked`;

/**
 * @param customerId  only if it is this customer's; row-level security holds as well
 */
export async function findOrderRow(em: Em, id: string, customerId?: string): Promise<OrderRow | undefined> {
  const [row] = await em.execute<OrderRow[]>(
    `select ${SUMMARY}, o.checkout_url, o.checkout_expires_at, o.wishes, o.ended_because, ${STANDING},
       s.id as service_id, s.reference as service_reference, s.status as service_status, s.username, n.name as node_name, n.public_url as panel_url,
       sub.paid_through, k.id as license_id, k.key_hint, k.status as license_status, k.expires_at as license_expires_at
     ${FROM}
     left join subscription sub on sub.order_id = o.id
     left join service s on s.subscription_id = sub.id
     left join node n on n.id = s.node_id
     left join license k on k.service_id = s.id
     where o.id = ?${customerId ? ' and o.customer_id = ?' : ''}`,
    customerId ? [id, customerId] : [id],
  );
  return row;
}

export interface OrderSearch {
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
  /** Start of a reference, an invoice number, a customer's number, or part of an e-mail address. */
  q?: string | undefined;
  /** Only orders older than this one. */
  after?: string | undefined;
  limit: number;
}

/** Newest first; ids are time-ordered. */
export async function findOrderRows(
  em: Em,
  { customerId, status, q, after, limit }: OrderSearch,
): Promise<{ page: OrderRow[]; next: string | null }> {
  const [sql, values] = pageQuery(
    `select ${SUMMARY} ${FROM}`,
    [
      !!customerId && ['o.customer_id = ?', customerId],
      !!status && ['o.status = ?', status],
      !!after && ['o.id < ?', after],
      !!q && [
        'o.reference like ? or i.number = ? or c.number = ? or lower(c.email) like ?',
        `${likeText(q.toUpperCase())}%`,
        q.toUpperCase(),
        customerNumberOf(q),
        `%${likeText(withAsciiDomain(q).toLowerCase())}%`,
      ],
    ],
    'o.id desc',
    limit,
  );
  return pageOf(await em.execute<OrderRow[]>(sql, values), limit);
}

/** `17` or `#17`; no customer has the number 0. */
const customerNumberOf = (text: string): number => Number(/^#?(\d{1,9})$/.exec(text.trim())?.[1] ?? 0);
