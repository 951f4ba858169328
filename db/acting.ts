import { inTransaction, openOrm, workOn, type Em, type Orm } from './orm.ts';
import { actingUrl } from './roles.ts';

/** The database as the API uses it: a login of its own, with connections of its own, for each kind of who asks. */
export interface ActingOrm {
  /** What comes before anybody is known, and what is about nobody. */
  api: Orm;
  customer: Orm;
  staff: Orm;
}

export interface ActingAddresses {
  api: string;
  /** Where the acting roles sign in; as the API, under their own names, unless told. */
  customer?: string | undefined;
  staff?: string | undefined;
}

/** @param poolMax  connections this process may hold, all three together; each has at least one */
export async function openActing({ api, customer, staff }: ActingAddresses, poolMax: number): Promise<ActingOrm> {
  const share = (part: number) => Math.max(1, Math.floor(poolMax * part));
  const orms = await Promise.all([
    openOrm(api, share(0.4)),
    openOrm(customer ?? actingUrl(api, 'customer'), share(0.4)),
    openOrm(staff ?? actingUrl(api, 'staff'), share(0.2)),
  ]);
  return { api: orms[0], customer: orms[1], staff: orms[2] };
}

export async function closeActing({ api, customer, staff }: ActingOrm): Promise<void> {
  for (const orm of [api, customer, staff]) await orm.close(true);
}

/**
 * One transaction as a customer: row-level security shows and takes nothing but that customer's rows,
 * whatever the query says. The setting ends with the transaction.
 */
export function asCustomer<T>(orm: ActingOrm, customerId: string, work: (em: Em) => Promise<T>): Promise<T> {
  const em = orm.customer.em.fork();
  em.setSessionContext({ variables: { 'app.customer_id': customerId } });
  return workOn(orm.api, em, work);
}

/** One transaction as staff: every customer's rows, no secrets, and only what staff may write. */
export const asStaff = <T>(orm: ActingOrm, work: (em: Em) => Promise<T>): Promise<T> =>
  workOn(orm.api, orm.staff.em.fork(), work);

/** One transaction before anybody is known: signing in, webhooks, the outbox. */
export const asNobody = <T>({ api }: Pick<ActingOrm, 'api'>, work: (em: Em) => Promise<T>): Promise<T> =>
  inTransaction(api, work);
