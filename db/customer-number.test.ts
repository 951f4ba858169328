import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { insertCustomer } from './testing/first-catalog.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('customernumber');
});
afterAll(() => db.drop());

const numbers = async () =>
  (await db.sql<{ n: number }>('select number::integer as n from customer order by number')).map(({ n }) => n);

describe('the number of a customer', () => {
  it('begins with 1 and counts up', async () => {
    for (const email of ['ada@example.com', 'bob@example.com', 'cleo@example.com']) await insertCustomer(db, email);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('is given by the database alone, also when many come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => insertCustomer(db, `many-${i}@example.com`)));
    const given = await numbers();
    expect(new Set(given).size).toBe(given.length);
    await expect(db.sql(`update customer set number = 99 where number = 1`)).rejects.toThrow(/number/);
  });

  it('is not given again', async () => {
    const before = Math.max(...(await numbers()));
    await db.sql('delete from customer where number = $1', [before]);
    await insertCustomer(db, 'dora@example.com');
    expect(Math.max(...(await numbers()))).toBe(before + 1);
  });
});
