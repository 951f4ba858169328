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

/** An order to be paid, and the try that was claimed for it. */
export interface Claimed extends Attempt {
  orderId: string;
  customerId: string;
  email: string;
  name: string;
  invoiceNumber: string;
  /** How the gateway knows the customer, where a method of his is kept. */
  gatewayCustomerId: string | null;
  /** He has had a page there before. */
  hadPage: boolean;
  /** The invoice's page there before this one. */
  previousCheckoutId: string | null;
}
/** No try is made where nothing is due or staff have a transfer for it, and none at a gateway that is not in `$accounts`. */
export interface NotClaimed {
  id: null;
  orderGateway: string;
  total: number;
}

/** For what is due of the order's invoice; a try that is there already stays as it is. */
const CLAIM = statement<(Claimed | NotClaimed) & { orderGateway: string; total: number }>(
  'claim_attempt',
  `with wanted as (
     select o.id as "orderId", o.customer_id as "customerId", o.gateway as "orderGateway", o.total_minor as total, c.email, c.name,
       o.payment_recorded_at is not null as "isRecorded", i.id as invoice, i.number as "invoiceNumber", i.due_minor, i.currency as "dueCurrency"
     from "order" o join customer c on c.id = o.customer_id join invoice i on i.order_id = o.id and i.kind = 'initial'
     where o.id = $orderId
   ), claimed as (
     insert into payment_attempt as a (id, invoice_id, customer_id, order_id, gateway, account, number, kind, key, amount_minor,
       currency, status, created_at, updated_at)
     select $id, invoice, "customerId", "orderId", "orderGateway", $accounts::jsonb->>"orderGateway", $number, $kind,
       $env || ':cs:' || invoice || ':' || $number::integer, due_minor, "dueCurrency", 'submitting', $asOf, $asOf
     from wanted where due_minor > 0 and ($kind = 'recorded' or not "isRecorded") and $accounts::jsonb->>"orderGateway" is not null
     on conflict (invoice_id, number) do update set number = excluded.number
     returning ${ATTEMPT},
       (select m.gateway_customer_id from payment_method m
         where m.customer_id = a.customer_id and m.gateway = a.gateway and m.account = a.account limit 1) as "gatewayCustomerId",
       exists (select from payment_attempt p where p.customer_id = a.customer_id and p.gateway = a.gateway
         and p.account = a.account and p.checkout_id is not null) as "hadPage",
       (select p.checkout_id from payment_attempt p where p.invoice_id = a.invoice_id and p.number < a.number
         and p.gateway = a.gateway and p.account = a.account and p.checkout_id is not null
         order by p.number desc limit 1) as "previousCheckoutId"
   )
   select wanted."orderId", "customerId", "orderGateway", total, email, name, "invoiceNumber", claimed.*
   from wanted left join claimed on true`,
);

/**
 * Reads the order, and makes the row of this try, once; earlier pages of the invoice are over by then.
 * @param of.accounts  our account at each gateway that may be used
 */
export async function claimAttempt(
  orm: Orm,
  of: {
    orderId: string;
    number: number;
    kind: 'hosted' | 'recorded';
    env: string;
    accounts: Record<string, string>;
    asOf: Date;
  },
): Promise<Claimed | NotClaimed> {
  const claimed = await queryOne(orm, CLAIM, { ...of, accounts: JSON.stringify(of.accounts), id: newId() });
  if (!claimed) throw new Error(`There is no order ${of.orderId}.`);
  return claimed;
}
