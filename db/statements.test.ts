import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { audit } from './audit/entry.ts';
import { startLater } from './messages/outbox.ts';
import { inTransaction, openOrm, type Orm } from './orm.ts';
import { addRow, jsonText, type RowHolder } from './pending-rows.ts';
import { change, makeChange, query, queryOne, statement, transaction } from './statements.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { AT, insert, rows } from './testing/rows.ts';
import { openWire } from './testing/wire.ts';
import { violates } from './violations.ts';

let db: TestDatabase;
let orm: Orm;
let wire: Awaited<ReturnType<typeof openWire>>;
beforeAll(async () => {
  db = await createTestDatabase('statements');
  wire = await openWire(db.ownerUrl);
  orm = await openOrm(wire.through(db.url('worker')), 2);
});
afterAll(async () => {
  await orm.close(true);
  wire.close();
  await db.drop();
});

const asOf = new Date(AT);
const ADD_NODE = statement(
  'add_node',
  `insert into node (id, name, panel, base_url, credentials, credentials_changed_at, capacity, created_at)
   values ($id, $name, 'nextpanel', 'https://panel.example', 'x', $asOf, $capacity, $asOf)`,
);
const COUNT_NODES = statement<{ count: number }>('count_nodes', 'select count(*) from node where name = $name');
const RAISE_CAPACITY = change<{ capacity: number }>(
  'raise_capacity',
  `with changed as (update node set capacity = capacity + $by where name = $name and capacity < 20 returning capacity)`,
);

const node = (name: string, capacity = 10) => ({ id: newId(), name, asOf, capacity });
const nodes = async (name: string) => (await queryOne(orm, COUNT_NODES, { name }))!.count;
const explain = (on: RowHolder, action: string) => {
  audit(on, { at: asOf, actor: { type: 'system' }, action, object: { type: 'node' }, after: { of: action } });
  startLater(on, { workflowId: `order/${action}`, type: 'fulfillOrder', args: [{ orderId: action }] }, asOf);
};
/** What `explain` has written, but for what is drawn anew each time. */
const explained = (action: string) =>
  db.sql(
    `select to_jsonb(a) - '{id,personal_key,personal_digest}'::text[] as entry, to_jsonb(c) - 'id' as command
     from audit_entry a join command_outbox c on c.workflow_id = 'order/' || a.action where a.action = $1`,
    [action],
  );

describe('a statement', () => {
  it('is parsed once per connection, and planned once for all values', async () => {
    const single = await db.orm('worker', 1);
    for (const name of ['ams-1', 'ams-2', 'ams-3']) await query(single, COUNT_NODES, { name });
    const plans = statement<{ parsed: string; plans: string }>(
      'plans',
      `select name as parsed, concat(generic_plans, ' generic, ', custom_plans, ' custom') as plans
       from pg_prepared_statements where name = 'count_nodes'`,
    );
    expect(await query(single, plans)).toEqual([{ parsed: 'count_nodes', plans: '3 generic, 0 custom' }]);
  });

  it('answers with instants as dates, days as text and big numbers as numbers', async () => {
    const types = statement<Record<string, unknown>>(
      'types',
      `select $at::timestamptz as at, $day::date as day, $many::bigint as many, array['a'] as list, null as nothing`,
    );
    expect(await query(orm, types, { at: asOf, day: '2027-02-28', many: 4_000_000_000 })).toEqual([
      { at: asOf, day: '2027-02-28', many: 4_000_000_000, list: ['a'], nothing: null },
    ]);
  });

  it('is not sent with a value missing', async () => {
    await expect(query(orm, ADD_NODE, { id: newId() })).rejects.toThrow('add_node has no value for name');
  });

  it('may be under way beside others on as many connections as the pool has, entities included', async () => {
    const both = await db.orm('worker', 3);
    await Promise.all([
      ...Array.from({ length: 10 }, () => query(both, COUNT_NODES, { name: 'ams-1' })),
      ...Array.from({ length: 10 }, () => inTransaction(both, (em) => em.execute('select 1'))),
    ]);
    const [open] = await db.sql<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where datname = $1 and usename = 'hostwright_worker'`,
      [db.name],
    );
    // Three of this pool, two of the one behind the wire, one of the first test.
    expect(open!.n).toBeLessThanOrEqual(6);
  });
});

describe('a transaction', () => {
  it('does not wait between statements that nobody awaits', async () => {
    await query(orm, COUNT_NODES, { name: 'none' });
    wire.take();
    await transaction(orm, async (tx) => {
      for (const name of ['fra-1', 'fra-2', 'fra-3']) tx.write(ADD_NODE, node(name));
      explain(tx, 'node.added');
    });
    const { statements, roundTrips } = wire.take();
    expect(statements.map((text) => text.split(/\s/, 3).join(' '))).toEqual([
      'begin',
      'insert into node',
      'insert into node',
      'insert into node',
      'with audit_entry_rows as',
      'commit',
    ]);
    expect(roundTrips).toBe(1);
    expect(await explained('node.added')).toHaveLength(1);
  });

  it('ends with the first error, whatever was sent behind it, and leaves nothing', async () => {
    await query(orm, ADD_NODE, node('par-1'));
    const torn = transaction(orm, async (tx) => {
      tx.write(ADD_NODE, node('par-2'));
      tx.write(ADD_NODE, node('par-1'));
      await tx.query(COUNT_NODES, { name: 'par-1' });
    });
    await expect(torn).rejects.toMatchObject({ constraint: 'node_name_key' });
    expect(await torn.catch((error: unknown) => violates(error, 'node_name_key'))).toBe(true);
    expect(await nodes('par-2')).toBe(0);
  });

  it('is not taken for committed when a statement nobody waited for was refused', async () => {
    const torn = transaction(orm, async (tx) => {
      tx.write(ADD_NODE, node('rom-1'));
      explain(tx, 'rom.added');
      tx.write(ADD_NODE, node('rom-1'));
      return 'done';
    });
    await expect(torn).rejects.toMatchObject({ constraint: 'node_name_key' });
    expect([await nodes('rom-1'), await explained('rom.added')]).toEqual([0, []]);
  });

  it('leaves nothing when its own code throws, and throws just that', async () => {
    const torn = transaction(orm, async (tx) => {
      await tx.query(ADD_NODE, node('mad-1'));
      explain(tx, 'mad.added');
      throw new Error('changed my mind');
    });
    await expect(torn).rejects.toThrow('changed my mind');
    expect([await nodes('mad-1'), await explained('mad.added')]).toEqual([0, []]);
  });

  it('hears what the database checks at the commit', async () => {
    const unbalanced = transaction(orm, async (tx) => {
      const transaction_id = newId();
      const occurred_at = asOf;
      addRow(
        tx,
        { table: 'ledger_transaction', columns: ['id', 'key', 'kind', 'occurred_at'] },
        { id: transaction_id, key: 'payment/1', kind: 'payment', occurred_at },
      );
      addRow(
        tx,
        { table: 'ledger_entry', columns: ['transaction_id', 'position', 'account', 'currency', 'amount_minor'] },
        { transaction_id, position: 1, account: 'invoices', currency: 'EUR', amount_minor: 1 },
      );
    });
    await expect(unbalanced).rejects.toMatchObject({ constraint: 'ledger_sums_to_zero' });
    expect(await db.sql('select from ledger_transaction')).toEqual([]);
  });

  it('gives its connection back when that is lost in the middle, ten times in a pool of two', async () => {
    const api = await db.orm('api', 2);
    const lose = () =>
      db.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'hostwright_api'`,
        [db.name],
      );
    const COUNT_PLANS = statement('count_plans', 'select from plan');
    for (let round = 0; round < 10; round += 1) {
      const lost = transaction(api, async (tx) => {
        await tx.query(COUNT_PLANS);
        await lose();
        await tx.query(COUNT_PLANS);
      });
      await expect(lost).rejects.toThrow();
    }
    await Promise.all([1, 2].map(() => transaction(api, (tx) => tx.query(COUNT_PLANS))));
  });
});

describe('a change with the rows it brings along', () => {
  it('is one statement, all of it or nothing', async () => {
    await query(orm, ADD_NODE, node('lon-1'));
    wire.take();
    const changed = await makeChange(orm, RAISE_CAPACITY, { name: 'lon-1', by: 5 }, (rows) =>
      explain(rows, 'lon.raised'),
    );
    expect(changed).toEqual([{ capacity: 15 }]);
    expect(wire.take().statements).toHaveLength(1);
    expect(await explained('lon.raised')).toHaveLength(1);
  });

  it('adds no row where nothing was changed', async () => {
    await query(orm, ADD_NODE, node('lon-2', 20));
    const changed = await makeChange(orm, RAISE_CAPACITY, { name: 'lon-2', by: 5 }, (rows) =>
      explain(rows, 'full.raised'),
    );
    expect([changed, await explained('full.raised')]).toEqual([[], []]);
  });

  it('may bring other rows along the next time, or none', async () => {
    await query(orm, ADD_NODE, node('lon-3', 1));
    const raise = (with_: (rows: RowHolder) => void) =>
      makeChange(orm, RAISE_CAPACITY, { name: 'lon-3', by: 1 }, with_);
    await raise(() => {});
    await raise((rows) => explain(rows, 'both'));
    await raise((rows) =>
      audit(rows, { at: asOf, actor: { type: 'system' }, action: 'one', object: { type: 'node' } }),
    );
    expect(await raise(() => {})).toEqual([{ capacity: 5 }]);
    expect(await db.sql(`select action from audit_entry where action in ('both', 'one') order by 1`)).toEqual([
      { action: 'both' },
      { action: 'one' },
    ]);
  });
});

describe('rows that a change brings along', () => {
  it('are the same whether entities or statements are at work', async () => {
    await inTransaction(orm, async (em) => explain(em, 'x'));
    await db.sql(`update command_outbox set key = 'moved' where key = 'start/order/x'`);
    await transaction(orm, async (tx) => explain(tx, 'x'));
    const written = await explained('x');
    expect(written).toHaveLength(4);
    const [entries, commands] = [written.map(({ entry }) => entry), written.map(({ command }) => command)];
    expect(new Set(entries.map((entry) => JSON.stringify(entry))).size).toBe(1);
    expect(new Set(commands.map((command) => JSON.stringify({ ...command, key: '' }))).size).toBe(1);
  });

  it('are refused where nobody would write them', () => {
    expect(() => explain(orm.em.fork(), 'lost')).toThrow('nobody would write them');
  });

  it('are not written twice where once is enough', async () => {
    const bank = await insert({ query: db.sql }, 'customer', rows.customer());
    const order = await insert({ query: db.sql }, 'order', rows.order({ customer_id: bank }));
    const event = { order_id: order, customer_id: bank, key: 'paid', kind: 'paid', text: 'Paid', at: asOf };
    const table = { table: 'order_event', columns: ['id', ...Object.keys(event)], once: 'order_id, key' };
    for (let i = 0; i < 2; i += 1) await transaction(orm, async (tx) => addRow(tx, table, { id: newId(), ...event }));
    expect(await db.sql('select from order_event where order_id = $1', [order])).toHaveLength(1);
  });

  it.each([
    { because: 'a NUL is no text in PostgreSQL', text: 'a\0b', kept: 'ab' },
    { because: 'half of a pair is no letter', text: 'a\ud83db', kept: 'a\ufffdb' },
    { because: 'a whole pair is', text: 'a\u{1f600}b', kept: 'a\u{1f600}b' },
    {
      because: 'what only looks like an escape is kept',
      text: String.raw`a\u0000b\ud83d`,
      kept: String.raw`a\u0000b\ud83d`,
    },
  ])('keep what people wrote: $because', ({ text, kept }) => {
    expect(JSON.parse(jsonText({ text }))).toEqual({ text: kept });
    expect(JSON.parse(jsonText({ in: [{ [`${text}-key`]: 1 }] }))).toEqual({ in: [{ [`${kept}-key`]: 1 }] });
  });
});
