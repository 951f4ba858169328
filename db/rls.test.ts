import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { newId } from '#domain/ids.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { buy, fill, type Bought } from './testing/bought.ts';
import { AT, connectAs, insert, refusedBy, rows } from './testing/rows.ts';

let db: TestDatabase;
let ada: Bought;
let ben: Bought;
/** An issued invoice of each customer. */
let invoiceOf: Record<string, string>;
let owned: string[];

beforeAll(async () => {
  db = await createTestDatabase('rls');
  ada = await buy({ query: db.sql });
  ben = await buy({ query: db.sql });
  invoiceOf = Object.fromEntries(
    await Promise.all([ada, ben].map(async (who) => [who.customer_id, await fill({ query: db.sql }, who)])),
  );
  owned = (
    await db.sql<{ relname: string }>(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relforcerowsecurity and relname <> 'idempotency' order by 1`,
    )
  ).map(({ relname }) => relname);
});
afterAll(() => db.drop());

const idOf = (table: string) => (table === 'customer' ? 'id' : 'customer_id');
/** How many rows of a table each customer has, as the role sees them; null where it may not look at all. */
async function seen(client: pg.Client, table: string): Promise<Record<string, number> | null> {
  try {
    const { rows } = await client.query<{ who: string; n: number }>(
      `select ${idOf(table)} as who, count(*)::int as n from "${table}" group by 1`,
    );
    return Object.fromEntries(rows.map(({ who, n }) => [who, n]));
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return null;
    throw error;
  }
}

describe('AUTHZ-08 in SQL, as the customer role', () => {
  it.each([['nobody'], [''], ["' or true --"], ['00000000-0000-0000-0000-00000000000g']])(
    'a customer %j, who is none, sees no rows and no error',
    async (customer) => {
      const client = await connectAs(db, 'customer', customer);
      try {
        for (const table of owned) expect([table, (await seen(client, table)) ?? {}]).toEqual([table, {}]);
      } finally {
        await client.end();
      }
    },
  );

  it.each([
    ['nobody', () => ''],
    ['a stranger', () => newId()],
  ])('%s sees no row of any table', async (_, who) => {
    const client = await connectAs(db, 'customer', who());
    for (const table of owned) expect([table, (await seen(client, table)) ?? {}]).toEqual([table, {}]);
    await client.end();
  });

  it('without the setting ever made, no row either', async () => {
    const client = await connectAs(db, 'customer', null);
    for (const table of owned) expect([table, (await seen(client, table)) ?? {}]).toEqual([table, {}]);
    await client.end();
  });

  it("a customer sees his own rows, and nobody else's", async () => {
    const client = await connectAs(db, 'customer', ada.customer_id);
    const looked: string[] = [];
    for (const table of owned) {
      const counts = await seen(client, table);
      if (!counts) continue;
      expect([table, Object.keys(counts)]).toEqual([table, [ada.customer_id]]);
      looked.push(table);
    }
    await client.end();
    expect(looked.join(' ')).toBe(
      'credit_note customer incident invoice invoice_line license license_quota order order_event order_line payment payment_attempt payment_method refund service subscription user_account',
    );
  });

  it("writes no row for another, and hangs none on what is another's", async () => {
    const client = await connectAs(db, 'customer', ada.customer_id);
    const mine = { customer_id: ada.customer_id };
    const his = { customer_id: ben.customer_id };
    const priced = {
      plan_id: ada.plan_id,
      plan_price_id: ada.plan_price_id,
      cycle: 'monthly',
      description: 'x',
      amount_minor: 1,
    };
    const event = { id: newId(), key: 'paid', kind: 'paid', text: 'x', at: AT };
    const first = { kind: 'initial', period_start: null, period_end: null };
    const refused: [string, Record<string, unknown>][] = [
      ['order', rows.order(his)],
      ['order_line', { id: newId(), ...his, order_id: ben.order_id, ...priced }],
      ['order_line', { id: newId(), ...mine, order_id: ben.order_id, ...priced }],
      ['order_event', { ...event, ...his, order_id: ben.order_id }],
      ['order_event', { ...event, ...mine, order_id: ben.order_id }],
      ['invoice', rows.invoice({ ...his, ...first, order_id: ben.order_id })],
      ['invoice', rows.invoice({ ...mine, ...first, order_id: ben.order_id })],
      ['invoice', rows.invoice({ ...mine, ...first })],
      ['invoice_line', rows.line({ ...his, invoice_id: invoiceOf[ben.customer_id], position: 2, amount_minor: 0 })],
      ['invoice_line', rows.line({ ...mine, invoice_id: invoiceOf[ben.customer_id], position: 2, amount_minor: 0 })],
    ];
    for (const [table, row] of refused) {
      const by = await refusedBy(client, (c) => insert(c, table, row));
      expect([table, row['customer_id'], by]).toEqual([
        table,
        row['customer_id'],
        `new row violates row-level security policy for table "${table}"`,
      ]);
    }
    // The same rows on his own order are what ordering writes.
    expect(
      await refusedBy(client, (c) => insert(c, 'order_event', { ...event, ...mine, order_id: ada.order_id })),
    ).toBeNull();
    expect(
      await refusedBy(client, (c) => insert(c, 'invoice', rows.invoice({ ...mine, ...first, order_id: ada.order_id }))),
    ).toBeNull();
    await client.end();
  });

  it('BIZ-01 claims no payment', async () => {
    const client = await connectAs(db, 'customer', ada.customer_id);
    const mine = { customer_id: ada.customer_id };
    for (const [table, row] of [
      ['order', rows.order({ ...mine, status: 'provisioning' })],
      ['order', rows.order({ ...mine, paid_at: AT })],
      [
        'invoice',
        rows.invoice({ ...mine, order_id: ada.order_id, kind: 'plan_change', status: 'paid', paid_minor: 2_900 }),
      ],
      ['invoice', rows.invoice({ ...mine, order_id: ada.order_id, kind: 'plan_change', credited_minor: 100 })],
    ] as const) {
      expect(await refusedBy(client, (c) => insert(c, table, row))).toContain('violates row-level security policy');
    }
    expect(await refusedBy(client, (c) => insert(c, 'payment', rows.payment(mine)))).toContain('permission denied');
    await client.end();
  });

  it('changes and deletes nothing of another', async () => {
    const client = await connectAs(db, 'customer', ada.customer_id);
    const renamed = await client.query(`update customer set name = 'Mallory'`);
    expect(renamed.rowCount).toBe(1);
    expect(await db.sql('select name from customer where id = $1', [ben.customer_id])).toEqual([{ name: 'Ada' }]);
    await expect(client.query('update customer set id = $1', [ben.customer_id])).rejects.toThrow('permission denied');
    for (const table of owned) {
      await expect(client.query(`delete from "${table}"`)).rejects.toThrow('permission denied');
    }
    await client.end();
  });

  it('reads and takes only idempotency keys of his own users', async () => {
    const actorOf = async ({ customer_id }: Bought) => {
      const [found] = await db.sql<{ id: string }>('select id from user_account where customer_id = $1', [customer_id]);
      return `customer/${found!.id}`;
    };
    const answer = (actor: string) => ({
      actor,
      key: '1',
      route: 'POST /orders',
      request_hash: Buffer.from('x'),
      response: '{}',
      created_at: AT,
    });
    await insert({ query: db.sql }, 'idempotency', answer(await actorOf(ben)));
    const client = await connectAs(db, 'customer', ada.customer_id);
    expect((await client.query('select from idempotency')).rowCount).toBe(0);
    expect((await client.query(`update idempotency set response = '{"mine": true}'`)).rowCount).toBe(0);
    const stolen = { ...answer(await actorOf(ben)), key: '2' };
    expect(await refusedBy(client, (c) => insert(c, 'idempotency', stolen))).toContain(
      'violates row-level security policy',
    );
    expect(await refusedBy(client, (c) => insert(c, 'idempotency', answer('staff/1')))).toContain(
      'violates row-level security policy',
    );
    const own = answer(await actorOf(ada));
    expect(await refusedBy(client, (c) => insert(c, 'idempotency', own))).toBeNull();
    expect((await client.query('select actor from idempotency')).rows).toEqual([{ actor: own.actor }]);
    await client.end();
  });

  it('staff see all customers, and the worker too', async () => {
    for (const actor of ['staff', 'worker'] as const) {
      const client = await connectAs(db, actor);
      expect(Object.keys((await seen(client, 'invoice'))!).toSorted()).toEqual(
        [ada.customer_id, ben.customer_id].toSorted(),
      );
      await client.end();
    }
  });
});
