import { newId } from '#domain/ids.ts';
import type { AttemptStatus } from '#db/entities/index.ts';
import type { Orm } from '#db/orm.ts';
import { queryOne, statement } from '#db/statements.ts';

/** One try at paying an invoice at one gateway. */
export interface Attempt {
  id: string;
  invoiceId: string;
  gateway: string;
  account: string;
  number: number;
  /** The gateway's idempotency key. */
  key: string;
  status: AttemptStatus;
  amountMinor: number;
  currency: string;
  checkoutId: string | null;
  createdAt: Date;
}

/** Columns of `payment_attempt a`. */
export const ATTEMPT = `a.id, a.invoice_id as "invoiceId", a.gateway, a.account, a.number, a.key, a.status,
  a.amount_minor as "amountMinor", a.currency, a.checkout_id as "checkoutId", a.created_at as "createdAt"`;

/** What a try stays at, as a list of SQL. */
export const ENDED = `('succeeded', 'failed', 'canceled')`;

export interface ClaimedAttempt extends Attempt {
  /** How the gateway knows the customer, where a method of his is kept. */
  gatewayCustomerId: string | null;
  /** He has had a page there before. */
  hadPage: boolean;
}

/** For what is due of the order's invoice; one that is there already stays as it is. */
const CLAIM = statement<ClaimedAttempt>(
  'claim_attempt',
  `insert into payment_attempt as a (id, invoice_id, customer_id, order_id, gateway, account, number, kind, key, amount_minor,
     currency, status, created_at, updated_at)
   select $id, i.id, o.customer_id, o.id, o.gateway, $account, $number,
     case o.gateway when 'recorded' then 'recorded' else 'hosted' end, $env || ':cs:' || i.id || ':' || $number::integer,
     i.due_minor, i.currency, 'submitting', $asOf, $asOf
   from "order" o join invoice i on i.order_id = o.id and i.kind = 'initial' where o.id = $orderId
   on conflict (invoice_id, number) do update set number = excluded.number
   returning ${ATTEMPT},
     (select m.gateway_customer_id from payment_method m
       where m.customer_id = a.customer_id and m.gateway = a.gateway and m.account = a.account limit 1) as "gatewayCustomerId",
     exists (select from payment_attempt p where p.customer_id = a.customer_id and p.gateway = a.gateway
       and p.account = a.account and p.checkout_id is not null) as "hadPage"`,
);

/** The row of this try, made once; earlier pages of the invoice are over by then. */
export async function claimAttempt(
  orm: Orm,
  of: { orderId: string; number: number; env: string; account: string; asOf: Date },
): Promise<ClaimedAttempt> {
  const attempt = await queryOne(orm, CLAIM, { ...of, id: newId() });
  return attempt!;
}
