import { inTransaction, workOn, type Em, type Orm } from './orm.ts';
import { roleName } from './roles.ts';

/**
 * One transaction as a customer: row-level security shows and takes nothing but that customer's rows,
 * whatever the query says. The setting ends with the transaction.
 */
export function asCustomer<T>(orm: Orm, customerId: string, work: (em: Em) => Promise<T>): Promise<T> {
  const em = orm.em.fork();
  em.setSessionContext({ role: roleName('customer'), variables: { 'app.customer_id': customerId } });
  return workOn(orm, em, work);
}

/** One transaction as staff: every customer's rows, no secrets, and only what staff may write. */
export function asStaff<T>(orm: Orm, work: (em: Em) => Promise<T>): Promise<T> {
  const em = orm.em.fork();
  em.setSessionContext({ role: roleName('staff') });
  return workOn(orm, em, work);
}

/** One transaction before anybody is known: signing in, webhooks, the outbox. */
export const asNobody = inTransaction;
