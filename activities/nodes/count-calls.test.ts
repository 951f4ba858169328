import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Orm } from '#db/orm.ts';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createCallCounter } from './count-calls.ts';

let db: TestDatabase;
let orm: Orm;
let nodeId: string;
let now = new Date('2026-11-21T10:00:00Z');
beforeAll(async () => {
  db = await createTestDatabase('count_calls');
  orm = await db.orm('worker');
  nodeId = await insert({ query: db.sql }, 'node', rows.node());
});
afterAll(() => db.drop());

const times = (count: number, run: () => void) => Array.from({ length: count }).forEach(run);

it('two workers count the calls of one key together, and forget them when hour and day are over', async () => {
  const [one, other] = [createCallCounter(orm, () => now), createCallCounter(orm, () => now)];
  expect(one.left(nodeId)).toBeUndefined();
  await Promise.all([one.flush(), other.flush()]);
  expect(one.left(nodeId)?.left).toBe(900);

  times(300, () => one.count(nodeId, false));
  times(20, () => other.count(nodeId, true));
  // Each knows its own at once, and those of the other after both have told the database.
  expect([one.left(nodeId)?.left, other.left(nodeId)?.left]).toEqual([600, 880]);
  await one.flush();
  await other.flush();
  await one.flush();
  expect([one.left(nodeId)?.left, other.left(nodeId)?.left]).toEqual([580, 580]);
  expect(await db.sql('select calls, checks from node_calls')).toEqual([{ calls: 320, checks: 20 }]);

  now = new Date('2026-11-21T11:11:00Z');
  await one.flush();
  expect(one.left(nodeId)).toMatchObject({ left: 900, budget: { hour: 0, day: 320, checksDay: 20 } });
  now = new Date('2026-11-22T13:00:00Z');
  await one.flush();
  expect(one.left(nodeId)?.budget.day).toBe(0);
  expect(await db.sql('select * from node_calls')).toEqual([]);
});

it('what could not be written is written the next time, and a node that is gone counts for nothing', async () => {
  const gone = await insert({ query: db.sql }, 'node', rows.node());
  const counter = createCallCounter(orm, () => now);
  counter.count(nodeId, false);
  counter.count(gone, false);
  await db.sql('alter table node_calls rename to node_calls_away');
  await expect(counter.flush()).rejects.toThrow();
  await db.sql('alter table node_calls_away rename to node_calls');
  await db.sql('delete from node where id = $1', [gone]);
  await counter.flush();
  expect(await db.sql('select node_id, calls from node_calls')).toEqual([{ node_id: nodeId, calls: 1 }]);
});
