import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asCustomer, type ActingOrm } from '#db/acting.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { placeOrder, type OrderToPlace } from './place-order.ts';
import { insertCustomer, seedFirstCatalog } from '#db/testing/first-catalog.ts';

/** In Berlin it is already 1 April. */
const asOf = new Date('2026-03-31T22:30:00Z');
const shop = { seller: { name: 'Shop', email: 'billing@shop.example', country: 'DE' }, billingZone: 'Europe/Berlin' };

let db: TestDatabase;
let api: ActingOrm;
beforeAll(async () => {
  db = await createTestDatabase('place');
  await seedFirstCatalog(db, asOf);
  api = await db.acting(12);
});
afterAll(() => db.drop());

const place = (customerId: string, wish: Partial<OrderToPlace> = {}) =>
  asCustomer(api, customerId, (em) =>
    placeOrder(
      em,
      { customerId, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe', ...wish },
      { actor: { type: 'customer', id: customerId }, requestId: 'req-1' },
      shop,
      asOf,
    ),
  );
const count = async (table: string, customerId: string) =>
  (await db.sql<{ n: number }>(`select count(*)::int as n from ${table} where customer_id = $1`, [customerId]))[0]!.n;

describe('placing an order', () => {
  it('writes order, line, open invoice, start of its workflow, story and audit together', async () => {
    const ada = await insertCustomer(db, 'ada@example.com');
    const placed = await place(ada);
    if (placed.outcome !== 'placed') throw new Error(placed.outcome);
    const { order } = placed;

    expect(order).toMatchObject({ totalMinor: 2900, currency: 'EUR' });
    expect(
      await db.sql(`select status, total_minor, currency, gateway, wishes from "order" where id = $1`, [order.id]),
    ).toEqual([{ status: 'awaiting_payment', total_minor: '2900', currency: 'EUR', gateway: 'stripe', wishes: {} }]);
    const [invoice] = await db.sql(
      `select i.number, i.status, i.kind, i.total_minor, i.due_minor, i.period_start, i.due_on::text, i.issued_on::text,
         i.seller, i.buyer, l.description, l.amount_minor
       from invoice i join invoice_line l on l.invoice_id = i.id where i.order_id = $1`,
      [order.id],
    );
    expect(invoice).toEqual({
      number: order.invoiceNumber,
      status: 'open',
      kind: 'initial',
      total_minor: '2900',
      due_minor: '2900',
      period_start: null,
      due_on: '2026-04-01',
      issued_on: '2026-04-01',
      seller: shop.seller,
      buyer: { name: 'Ada Lovelace', email: 'ada@example.com', country: 'GB' },
      description: 'Starter, monthly',
      amount_minor: '2900',
    });
    expect(order.invoiceNumber).toMatch(/^INV-2026-\d{6}$/);
    const [outbox] = await db.sql(`select kind, name, args, search, key from command_outbox where workflow_id = $1`, [
      `order/${order.id}`,
    ]);
    expect(outbox).toEqual({
      kind: 'start',
      name: 'fulfillOrder',
      args: [{ orderId: order.id, customerId: ada }],
      search: { OrderId: order.id, CustomerId: ada },
      key: `start/order/${order.id}`,
    });
    expect(await db.sql(`select kind, text from order_event where order_id = $1`, [order.id])).toEqual([
      { kind: 'placed', text: `Order ${order.reference} placed: Starter, monthly, EUR 29.00.` },
    ]);
    const [entry] = await db.sql(
      `select actor_type, actor_id, action, request_id, after from audit_entry where object_id = $1`,
      [order.id],
    );
    expect(entry).toMatchObject({ actor_type: 'customer', actor_id: ada, action: 'order.placed', request_id: 'req-1' });
  });

  it('leaves nothing behind when its transaction does not commit', async () => {
    const eve = await insertCustomer(db, 'eve@example.com');
    const [before] = await db.sql(`select coalesce(sum(last_number), 0) as n from number_series`);
    await expect(
      asCustomer(api, eve, async (em) => {
        await placeOrder(
          em,
          { customerId: eve, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' },
          { actor: { type: 'customer', id: eve } },
          shop,
          asOf,
        );
        throw new Error('the connection is gone');
      }),
    ).rejects.toThrow('the connection is gone');
    for (const table of ['"order"', 'order_line', 'order_event', 'invoice', 'invoice_line', 'audit_entry']) {
      expect([table, await count(table, eve)]).toEqual([table, 0]);
    }
    expect(await db.sql(`select coalesce(sum(last_number), 0) as n from number_series`)).toEqual([before]);
  });

  it('numbers the invoices of orders placed at once without a gap or a repeat', async () => {
    const customers = await Promise.all(Array.from({ length: 10 }, (_, i) => insertCustomer(db, `n${i}@example.com`)));
    const placed = await Promise.all(customers.map((id) => place(id)));
    const numbers = placed
      .map((one) => (one.outcome === 'placed' ? Number(one.order.invoiceNumber.slice(-6)) : NaN))
      .sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  });

  it('BIZ-01: takes the price on offer, not an older one and not one of another cycle or currency', async () => {
    const bob = await insertCustomer(db, 'bob@example.com');
    expect(await place(bob, { plan: 'professional', cycle: 'yearly', currency: 'USD' })).toMatchObject({
      order: { totalMinor: 99_000, currency: 'USD' },
    });
    await db.sql(
      `update plan_price p set active = false from plan where plan.id = p.plan_id and code = 'enterprise' and cycle = 'yearly' and currency = 'USD'`,
    );
    expect(await place(bob, { plan: 'enterprise', cycle: 'yearly', currency: 'USD' })).toEqual({
      outcome: 'plan_not_offered',
    });
  });

  it('BIZ-01: a plan that is not on offer cannot be ordered', async () => {
    const kim = await insertCustomer(db, 'kim@example.com');
    await db.sql(`update plan set active = false where code = 'enterprise'`);
    expect(await place(kim, { plan: 'enterprise' })).toEqual({ outcome: 'plan_not_offered' });
    expect(await place(kim, { plan: 'no-such-plan' })).toEqual({ outcome: 'plan_not_offered' });
    expect(await count('"order"', kim)).toBe(0);
  });

  it('BIZ-03: the first order fixes the currency, also when two come at once', async () => {
    const liz = await insertCustomer(db, 'liz@example.com');
    const both = await Promise.all([place(liz, { currency: 'EUR' }), place(liz, { currency: 'USD' })]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['currency_fixed', 'placed']);
    const [{ currency }] = (await db.sql<{ currency: string }>(`select currency from customer where id = $1`, [
      liz,
    ])) as [{ currency: string }];
    const other = currency === 'EUR' ? 'USD' : 'EUR';
    expect(await place(liz, { currency: other })).toEqual({ outcome: 'currency_fixed', currency });
    expect(await place(liz, { currency })).toMatchObject({ outcome: 'placed' });
  });

  it('a free plan has its invoice paid at once', async () => {
    const sam = await insertCustomer(db, 'sam@example.com');
    await db.sql(
      `update plan_price p set amount_minor = 0 from plan where plan.id = p.plan_id and code = 'starter' and cycle = 'yearly' and currency = 'EUR'`,
    );
    const placed = await place(sam, { cycle: 'yearly' });
    expect(placed).toMatchObject({ outcome: 'placed', order: { totalMinor: 0 } });
    expect(await db.sql(`select status, due_minor, paid_at from invoice where customer_id = $1`, [sam])).toEqual([
      { status: 'paid', due_minor: '0', paid_at: asOf },
    ]);
  });

  it('AUTHZ-02: nobody places an order for another customer', async () => {
    const [one, other] = [await insertCustomer(db, 'one@example.com'), await insertCustomer(db, 'other@example.com')];
    await expect(
      asCustomer(api, one, (em) =>
        placeOrder(
          em,
          { customerId: other, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' },
          { actor: { type: 'customer', id: one } },
          shop,
          asOf,
        ),
      ),
    ).rejects.toThrow('not the one who acts');
    expect(await count('"order"', other)).toBe(0);
  });
});
