import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asCustomer, asNobody, asStaff, type ActingOrm } from '#db/acting.ts';
import type { Em } from '#db/orm.ts';
import { transaction } from '#db/statements.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { insertCustomer } from '#db/testing/first-catalog.ts';
import { connectAs, insert, rows } from '#db/testing/rows.ts';
import { canBePlaced } from '#domain/services/placement.ts';
import { readCandidates, readKindsOfCandidates } from './candidates.ts';

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

describe('the nodes that a plan could be placed on', () => {
  it('are the same to whoever places an order, and to the worker that places it', async () => {
    const [plan, other] = [await add('plan', rows.plan()), await add('plan', rows.plan())];
    const a = await add('node', rows.node({ name: 'ams-1', capacity: 7, slots_taken: 3 }));
    const b = await add('node', rows.node({ name: 'ams-2', draining: true, health: 'failing' }));
    await db.sql('insert into plan_package (plan_id, node_id, package_id) values ($1, $2, $3)', [plan, a, '4']);

    const ams1 = { id: a, name: 'ams-1', panel: 'nextpanel', capacity: 7, slotsTaken: 3 };
    const ams2 = { id: b, name: 'ams-2', panel: 'nextpanel', capacity: 10, slotsTaken: 0 };
    const here = { draining: false, health: 'healthy' };
    const away = { draining: true, health: 'failing', packageId: null };
    const expected = new Map([
      [
        plan,
        [
          { ...ams1, ...here, packageId: '4' },
          { ...ams2, ...away },
        ],
      ],
      [
        other,
        [
          { ...ams1, ...here, packageId: null },
          { ...ams2, ...away },
        ],
      ],
    ]);
    const read = (em: Em) => readCandidates(em, [{ id: plan }, { id: other }]);
    expect(await asNobody(acting, read)).toEqual(expected);
    expect(await asCustomer(acting, customerId, read)).toEqual(expected);
    expect(await asStaff(acting, read)).toEqual(expected);
    const worker = await db.orm('worker', 1);
    expect(await transaction(worker, (tx) => readCandidates(tx, [{ id: plan }, { id: other }]))).toEqual(expected);
  });

  it('answer alike whether a plan can be placed, all of them or one of each kind; many are few kinds', async () => {
    await db.sql('delete from node');
    const plan = await add('plan', rows.plan());
    const kinds = [true, false].flatMap((draining) =>
      ['healthy', 'failing'].flatMap((health) =>
        [9, 10].flatMap((slots_taken) => [true, false].map((mapped) => ({ draining, health, slots_taken, mapped }))),
      ),
    );
    for (const { mapped, ...kind } of kinds) {
      for (let i = 0; i < 3; i += 1) {
        const node = await add('node', rows.node(kind));
        if (mapped) {
          await db.sql('insert into plan_package (plan_id, node_id, package_id) values ($1, $2, $3)', [
            plan,
            node,
            '4',
          ]);
        }
      }
    }
    const both = () =>
      asNobody(acting, async (em) => {
        const [all, few] = [await readCandidates(em, [{ id: plan }]), await readKindsOfCandidates(em, [{ id: plan }])];
        return [all.get(plan)!, few.get(plan)!] as const;
      });
    const [all, few] = await both();
    expect([all.length, few.length]).toEqual([48, 16]);
    expect([canBePlaced(all), canBePlaced(few)]).toEqual([true, true]);
    await db.sql(`update node set draining = true where not draining and health = 'healthy' and slots_taken = 9`);
    for (const some of await both()) expect(canBePlaced(some)).toBe(false);
  });

  it('show a customer nothing else of nodes and packages', async () => {
    const client = await connectAs(db, 'customer');
    for (const hidden of ['select capacity from node', 'select health from node', 'select * from plan_package']) {
      await expect(client.query(hidden)).rejects.toThrow('permission denied');
    }
    await client.end();
  });
});

it('a plan waits for a node unless it says otherwise, and knows no third way', async () => {
  const plan = await add('plan', rows.plan());
  expect(await db.sql('select when_full from plan where id = $1', [plan])).toEqual([{ when_full: 'wait' }]);
  await expect(db.sql(`update plan set when_full = 'maybe' where id = $1`, [plan])).rejects.toThrow('when_full');
});
