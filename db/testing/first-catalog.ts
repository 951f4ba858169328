import { newId, reference } from '#domain/ids.ts';
import { openOrm } from '#db/orm.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import type { TestDatabase } from '#db/testing/database.ts';

/** The catalog of the first start, in a test's database. */
export async function seedFirstCatalog(db: TestDatabase, asOf: Date): Promise<void> {
  const owner = await openOrm(db.ownerUrl, 1);
  await seedCatalog(owner, asOf);
  await owner.close(true);
}

/** A customer's row. @returns its id */
export async function insertCustomer(db: TestDatabase, email: string): Promise<string> {
  const id = newId();
  await db.sql(
    `insert into customer (id, reference, email, name, country, created_at) values ($1, $2, $3, 'Ada Lovelace', 'GB', now())`,
    [id, reference('C', id), email],
  );
  return id;
}
