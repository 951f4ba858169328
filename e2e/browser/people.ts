import { createHashing } from '#api/people/auth/hashing.ts';
import { newId } from '#domain/ids.ts';
import { UserAccount } from '#db/entities/index.ts';
import { inTransaction, openOrm } from '#db/orm.ts';
import type { Product } from '../harness/product.ts';
import type { Person } from './shopping.ts';

/** An administrator who signs in with a password. */
export async function addStaff(product: Product): Promise<Person> {
  const person = { name: 'Sam Okoro', email: 'sam@hostwright.example', password: 'eleven lamps over the harbor' };
  const passwordHash = await createHashing().hash(person.password);
  const owner = await openOrm(product.db.ownerUrl, 1);
  await inTransaction(owner, async (em) => {
    const { name, email } = person;
    em.create(UserAccount, {
      id: newId(),
      kind: 'staff',
      email,
      name,
      passwordHash,
      role: 'super_admin',
      emailConfirmedAt: new Date(),
      createdAt: new Date(),
    });
    await em.flush();
  });
  await owner.close(true);
  return person;
}
