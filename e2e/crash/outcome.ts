import { expect } from '@jest/globals';
import type { PlacedOrder } from '../harness/orders.ts';
import { until, type Product } from '../harness/product.ts';

/**
 * What must be true of a paid order whatever was killed on the way: one of everything, the books at zero, and nobody
 * was asked. @param mails  copies that SMTP may have delivered; all under one Message-ID
 */
export async function expectExactlyOne(
  product: Product,
  { orderId, customerId, email, gateway }: PlacedOrder,
  mails: number[] = [1],
): Promise<void> {
  const { db, vendors } = product;
  const one = async (text: string, values: unknown[] = [customerId]) =>
    (await db.sql<{ n: string }>(text, values))[0]!.n;

  const [service] = await db.sql<{ id: string; status: string }>(
    `select id, status from service where customer_id = $1`,
    [customerId],
  );
  expect(service).toMatchObject({ status: 'active' });
  expect(await vendors.panel.get('/accounts-by-service')).toMatchObject({ [service!.id]: { made: 1, alive: 1 } });

  expect(await db.sql(`select status, paid_minor, due_minor from invoice where order_id = $1`, [orderId])).toEqual([
    { status: 'paid', paid_minor: '2900', due_minor: '0' },
  ]);
  expect(
    await db.sql(`select amount_minor, allocated_minor from payment where customer_id = $1`, [customerId]),
  ).toEqual([{ amount_minor: '2900', allocated_minor: '2900' }]);
  const [invoice] = await db.sql<{ id: string }>(`select id from invoice where order_id = $1`, [orderId]);
  const query = gateway === 'stripe' ? `?invoice=${invoice!.id}` : `?reference=${invoice!.id}`;
  expect(await vendors[gateway].get(`/payments${query}`)).toMatchObject({ count: 1 });

  expect(await one(`select count(*) as n from license where customer_id = $1`)).toBe('1');
  expect(await one(`select count(*) as n from subscription where customer_id = $1 and status = 'active'`)).toBe('1');
  const [subscription] = await db.sql<{ id: string }>(`select id from subscription where customer_id = $1`, [
    customerId,
  ]);
  const keeper = product.temporal.workflow.getHandle(`subscription/${subscription!.id}`);
  await until(async () =>
    keeper.describe().then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    ),
  );
  expect(await one(`select coalesce(sum(amount_minor), 0) as n from ledger_entry where customer_id = $1`)).toBe('0');
  expect(await one(`select count(*) as n from ledger_entry where customer_id = $1`)).toBe('2');
  expect(await one(`select count(*) as n from incident where order_id = $1`, [orderId])).toBe('0');

  const welcome = (await vendors.mails(email)).filter(({ subject }) => subject.includes('ready'));
  expect(mails).toContain(welcome.length);
  expect(new Set(welcome.map(({ messageId }) => messageId)).size).toBe(1);
}

/** Slots and ledger over all orders of the product. */
export async function expectBooksInOrder({ db }: Product, services: number): Promise<void> {
  expect(await db.sql(`select slots_taken from node`)).toEqual([{ slots_taken: services }]);
  expect(
    await db.sql(
      `select currency, sum(amount_minor) as total from ledger_entry group by currency having sum(amount_minor) <> 0`,
    ),
  ).toEqual([]);
  expect(await db.sql(`select * from audit_verify()`)).toEqual([]);
}
