import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { newId } from '#domain/ids.ts';
import { asCustomer } from './acting.ts';
import { nextNumber } from './money/number-series.ts';
import { flush, inTransaction, type Em, type Orm } from './orm.ts';
import { signalLater, startLater } from './messages/outbox.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { buy, type Bought } from './testing/bought.ts';
import { AT, connectAs, insert, rows, through } from './testing/rows.ts';

/** What must not happen even when many do it at once, each on a connection of its own. */
let db: TestDatabase;
let bought: Bought;
let workers: pg.Client[];
let orm: Orm;

beforeAll(async () => {
  db = await createTestDatabase('at_once');
  bought = await buy({ query: db.sql });
  workers = await Promise.all(Array.from({ length: 20 }, () => connectAs(db, 'worker')));
  orm = await db.orm('worker', 25);
});
afterAll(async () => {
  for (const worker of workers) await worker.end();
  await db.drop();
});

/** All begin before any goes on. @returns what each was refused by, or null */
async function allAtOnce(work: (worker: pg.Client, n: number) => Promise<unknown>): Promise<(string | null)[]> {
  await Promise.all(workers.map((worker) => worker.query('begin')));
  return Promise.all(
    workers.map(async (worker, n) => {
      try {
        await work(worker, n);
        await worker.query('commit');
        return null;
      } catch (error) {
        await worker.query('rollback');
        return (error as { constraint?: string }).constraint ?? (error as Error).message;
      }
    }),
  );
}
const tally = (results: readonly unknown[]) =>
  Object.fromEntries(results.map((result) => [String(result), results.filter((other) => other === result).length]));

describe('twenty at once', () => {
  it('for the last free slot of a node: one gets it, by the conditional update', async () => {
    const node = await insert({ query: db.sql }, 'node', rows.node({ capacity: 3, slots_taken: 2 }));
    const taken: unknown[] = [];
    await allAtOnce(async (worker) => {
      const { rowCount } = await worker.query(
        `update node set slots_taken = slots_taken + 1 where id = $1 and slots_taken < capacity`,
        [node],
      );
      taken.push(rowCount);
    });
    expect(tally(taken)).toEqual({ 1: 1, 0: 19 });
    expect(await db.sql('select slots_taken from node where id = $1', [node])).toEqual([{ slots_taken: 3 }]);
  });

  it('for the last free slot, by code that forgot the condition: one gets it, the rest are refused', async () => {
    const node = await insert({ query: db.sql }, 'node', rows.node({ capacity: 1 }));
    const results = await allAtOnce((worker) =>
      worker.query(`update node set slots_taken = slots_taken + 1 where id = $1`, [node]),
    );
    expect(tally(results)).toEqual({ null: 1, node_capacity: 19 });
    expect(await db.sql('select slots_taken from node where id = $1', [node])).toEqual([{ slots_taken: 1 }]);
  });

  it('a full node stays full, gives back, and its capacity may be lowered below what is taken', async () => {
    const node = await insert({ query: db.sql }, 'node', rows.node({ capacity: 2, slots_taken: 2 }));
    const take = (by: number) => db.sql(`update node set slots_taken = slots_taken + $2 where id = $1`, [node, by]);
    await expect(take(1)).rejects.toMatchObject({ constraint: 'node_capacity' });
    await db.sql('update node set capacity = 0 where id = $1', [node]);
    await take(-1);
    await expect(take(1)).rejects.toMatchObject({ constraint: 'node_capacity' });
    await take(-1);
    await expect(take(-1)).rejects.toMatchObject({ constraint: 'node_slots_taken_check' });
  });

  it('begin a payment attempt on one invoice: one does', async () => {
    const invoice_id = await insert({ query: db.sql }, 'invoice', rows.invoice({ ...mine(), kind: 'plan_change' }));
    const results = await allAtOnce((worker, n) =>
      insert(worker, 'payment_attempt', rows.attempt({ customer_id: bought.customer_id, invoice_id, number: n + 1 })),
    );
    expect(tally(results)).toEqual({ null: 1, payment_attempt_in_flight: 19 });
  });

  it('issue the renewal of one period: one does', async () => {
    const period = { period_start: '2032-01-31', period_end: '2032-02-29' };
    const results = await allAtOnce((worker) => insert(worker, 'invoice', rows.invoice({ ...mine(), ...period })));
    expect(tally(results)).toEqual({ null: 1, invoice_period: 19 });
  });

  it('book one gateway payment: one does', async () => {
    const results = await allAtOnce((worker) =>
      insert(worker, 'payment', rows.payment({ gateway_payment_id: 'pi_1' })),
    );
    expect(tally(results)).toEqual({ null: 1, payment_gateway_account_gateway_payment_id_key: 19 });
  });

  it('record one webhook: one does', async () => {
    const results = await allAtOnce((worker) => insert(worker, 'webhook_inbox', rows.event({ event_id: 'evt_1' })));
    expect(tally(results)).toEqual({ null: 1, webhook_inbox_gateway_event_id_key: 19 });
  });

  it('take the last unit of a quota: one does', async () => {
    await db.sql(
      `insert into license_quota (license_id, customer_id, feature, quota) values ($1, $2, 'create_domain', 1)`,
      [bought.license_id, bought.customer_id],
    );
    const held: unknown[] = [];
    await allAtOnce(async (worker) => {
      const { rowCount } = await worker.query(
        `update license_quota set held = held + 1 where license_id = $1 and feature = 'create_domain' and gauge + held < quota`,
        [bought.license_id],
      );
      held.push(rowCount);
    });
    expect(tally(held)).toEqual({ 1: 1, 0: 19 });
  });

  const mine = () => ({ customer_id: bought.customer_id, subscription_id: bought.subscription_id });
});

describe('the outbox', () => {
  const asOf = new Date(AT);

  it('never an order without its workflow, nor a workflow without its order', async () => {
    const order = rows.order({ customer_id: bought.customer_id });
    const place = (em: Em) => {
      startLater(
        em,
        { workflowId: `order/${order['id']}`, type: 'fulfillOrder', args: [{ orderId: order['id'] }] },
        asOf,
      );
      return insert(through(em), 'order', order);
    };
    const count = () =>
      db.sql(
        `select (select count(*)::int from "order" where id = $1) as orders, (select count(*)::int from command_outbox where workflow_id = $2) as commands`,
        [order['id'], `order/${order['id']}`],
      );
    const torn = inTransaction(orm, async (em) => {
      await place(em);
      await flush(em);
      throw new Error('the process died');
    });
    await expect(torn).rejects.toThrow('the process died');
    expect(await count()).toEqual([{ orders: 0, commands: 0 }]);
    await inTransaction(orm, place);
    expect(await count()).toEqual([{ orders: 1, commands: 1 }]);
  });

  it('a signal told twenty times at once is one command; another happening is another', async () => {
    const tell = (key: string) =>
      inTransaction(orm, async (em) => {
        signalLater(em, { workflowId: 'order/1', signal: 'invoicePaid', args: [{ paymentId: key }], key }, asOf);
      }).then(
        () => null,
        (error: { constraint?: string }) => error.constraint,
      );
    const results = await Promise.all(Array.from({ length: 20 }, () => tell('payment/1')));
    expect(tally(results)).toEqual({ null: 1, command_outbox_key_key: 19 });
    expect(await tell('payment/2')).toBeNull();
    expect(
      await db.sql(`select key, args, tries, sent_at from command_outbox where name = 'invoicePaid' order by key`),
    ).toEqual([
      { key: 'invoicePaid/order/1/payment/1', args: [{ paymentId: 'payment/1' }], tries: 0, sent_at: null },
      { key: 'invoicePaid/order/1/payment/2', args: [{ paymentId: 'payment/2' }], tries: 0, sent_at: null },
    ]);
  });
});

describe('invoice numbers', () => {
  it('are 1 to n without gap or repeat, with dates that never go back: 50 at once, of which some roll back', async () => {
    // Machines whose clocks stand on both sides of midnight.
    const days = ['2027-12-30', '2027-12-31', '2027-12-29'];
    const one = (n: number) =>
      inTransaction(orm, async (em) => {
        const { number, issuedOn } = await nextNumber(em, 'INV', days[n % days.length]!);
        const row = rows.invoice({ customer_id: bought.customer_id, kind: 'plan_change', number, issued_on: issuedOn });
        await insert(through(em), 'invoice', row);
        if (n % 5 === 0) throw new Error('rolled back');
      }).then(
        () => true,
        (error: Error) => {
          if (error.message !== 'rolled back') throw error;
          return false;
        },
      );
    const done = await Promise.all(Array.from({ length: 50 }, (_, n) => one(n)));
    expect(done.filter(Boolean)).toHaveLength(40);

    const issued = await db.sql<{ number: string; on: string }>(
      `select number, to_char(issued_on, 'YYYY-MM-DD') as on from invoice where number ~ '^INV-2027-\\d{6}$' order by number`,
    );
    expect(issued.map(({ number }) => number)).toEqual(
      Array.from({ length: 40 }, (_, n) => `INV-2027-${String(n + 1).padStart(6, '0')}`),
    );
    expect(issued.map(({ on }) => on)).toEqual(issued.map(({ on }) => on).toSorted());
    expect(issued.at(-1)!.on).toBe('2027-12-31');
  });

  it('begin again with the year, and credit notes count by themselves', async () => {
    const take = (series: 'INV' | 'CN', today: string) => inTransaction(orm, (em) => nextNumber(em, series, today));
    expect(await take('INV', '2028-01-01')).toEqual({ number: 'INV-2028-000001', issuedOn: '2028-01-01' });
    expect(await take('INV', '2028-01-02')).toEqual({ number: 'INV-2028-000002', issuedOn: '2028-01-02' });
    expect(await take('INV', '2028-01-01')).toEqual({ number: 'INV-2028-000003', issuedOn: '2028-01-02' });
    expect(await take('CN', '2028-01-01')).toEqual({ number: 'CN-2028-000001', issuedOn: '2028-01-01' });
  });

  it('are the same series for a customer who orders', async () => {
    const api = await db.acting(5);
    const take = () => asCustomer(api, bought.customer_id, (em) => nextNumber(em, 'INV', '2029-01-01'));
    expect((await take()).number).toBe('INV-2029-000001');
    expect((await take()).number).toBe('INV-2029-000002');
  });

  it.each([
    ['skips', `update number_series set last_number = last_number + 2`],
    ['goes back', `update number_series set last_number = last_number - 1`],
    ['repeats', `update number_series set last_issued_on = last_issued_on`],
    ['dates back', `update number_series set last_number = last_number + 1, last_issued_on = last_issued_on - 1`],
    ['renames', `update number_series set series = 'X', last_number = last_number + 1`],
    ['starts late', `insert into number_series values ('INV-2099', 2, '2099-01-01')`],
    ['forgets', `delete from number_series`],
  ])('no code of ours %s', async (_, change) => {
    await expect(db.sql(change)).rejects.toMatchObject({ constraint: 'number_series_gapless' });
  });

  it('no number without its date', async () => {
    await expect(db.sql(`insert into number_series values ($1, 1, null)`, [newId()])).rejects.toThrow('last_issued_on');
  });
});
