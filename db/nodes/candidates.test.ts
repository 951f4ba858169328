import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asCustomer, asNobody, asStaff, type ActingOrm } from '#db/acting.ts';
import type { Em } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { insertCustomer } from '#db/testing/first-catalog.ts';
import { connectAs, insert, rows } from '#db/testing/rows.ts';
import { obstacle } from '#domain/services/placement.ts';
import { readCandidates, readPlaceable } from './candidates.ts';

let db: TestDatabase;
let acting: ActingOrm;
let customerId: string;
beforeAll(async () => {
  db = await createTestDatabase('candidates');
  acting = await db.acting(6);
  customerId = await insertCustomer(db, 'ada@example.com');
});
afterAll(() => db.drop());

const add = (table: string, row: Record<string, unknown>) =>
  insert({ query: (text: string, values?: unknown[]) => db.sql(text, values) }, table, row);

describe('the plans that a node can take now', () => {
  it.each(
    [true, false].flatMap((draining) =>
      ['healthy', 'failing'].flatMap((health) =>
        [9, 10, 11].flatMap((slots_taken) =>
          [true, false].map((mapped) => ({ draining, health, slots_taken, mapped })),
        ),
      ),
    ),
  )('are those of the rule of placement: %j', async ({ mapped, ...node }) => {
    await db.sql('delete from node');
    const plan = await add('plan', rows.plan());
    const id = await add('node', rows.node(node));
    if (mapped)
      await db.sql(`insert into plan_package (plan_id, node_id, package_id) values ($1, $2, '4')`, [plan, id]);
    const [candidate] = await asStaff(acting, (em) => readCandidates(em, plan));
    const placeable = await asNobody(acting, (em) => readPlaceable(em, [{ id: plan }]));
    expect(placeable.has(plan)).toBe(obstacle(candidate!) === null);
  });

  it('are the same to whoever sells, on any node or on one', async () => {
    await db.sql('delete from node');
    const [plan, other] = [await add('plan', rows.plan()), await add('plan', rows.plan())];
    const free = await add('node', rows.node());
    const full = await add('node', rows.node({ slots_taken: 10 }));
    await db.sql(
      `insert into plan_package (plan_id, node_id, package_id) values ($1, $2, '4'), ($1, $3, '4'), ($4, $3, '4')`,
      [plan, free, full, other],
    );
    const read = async (em: Em) => [
      await readPlaceable(em, [{ id: plan }, { id: other }]),
      await readPlaceable(em, [{ id: plan }, { id: other }], free),
      await readPlaceable(em, [{ id: plan }, { id: other }], full),
      await readPlaceable(em, []),
    ];
    const expected = [new Set([plan]), new Set([plan]), new Set(), new Set()];
    expect(await asNobody(acting, read)).toEqual(expected);
    expect(await asCustomer(acting, customerId, read)).toEqual(expected);
    expect(await asStaff(acting, read)).toEqual(expected);
  });

  it('are all that a customer learns of nodes and packages', async () => {
    const client = await connectAs(db, 'customer');
    for (const hidden of ['capacity from node', 'health from node', 'takes_new from node', '* from plan_package']) {
      await expect(client.query(`select ${hidden}`)).rejects.toThrow('permission denied');
    }
    await client.end();
  });
});

it('a plan waits for a node unless it says otherwise, and knows no third way', async () => {
  const plan = await add('plan', rows.plan());
  expect(await db.sql('select when_full from plan where id = $1', [plan])).toEqual([{ when_full: 'wait' }]);
  await expect(db.sql(`update plan set when_full = 'maybe' where id = $1`, [plan])).rejects.toThrow('when_full');
});
