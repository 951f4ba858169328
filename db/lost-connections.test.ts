import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inTransaction } from './orm.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('lost');
});
afterAll(() => db.drop());

it('a pool of two survives ten connections that are lost in the middle of a transaction', async () => {
  const orm = await db.orm('api', 2);
  const lose = () =>
    db.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'hostwright_api'`, [
      db.name,
    ]);
  for (let round = 0; round < 10; round += 1) {
    await expect(
      inTransaction(orm, async (em) => {
        await em.execute('select 1');
        await lose();
        await em.execute('select 2');
      }),
    ).rejects.toThrow();
  }
  const both = await Promise.all([1, 2].map(() => inTransaction(orm, (em) => em.execute('select 3 as n'))));
  expect(both).toEqual([[{ n: 3 }], [{ n: 3 }]]);
});
