import { createApiKey } from '#api/people/auth/api-keys.ts';
import { newId } from '#domain/ids.ts';
import { UserAccount } from '#db/entities/index.ts';
import { inTransaction, openOrm } from '#db/orm.ts';
import type { Product } from './product.ts';

/** A staff user with an API key, and calls made with it. */
export async function staffOf(product: Product) {
  const owner = await openOrm(product.db.ownerUrl, 1);
  const now = new Date();
  const key = await inTransaction(owner, async (em) => {
    const id = newId();
    em.create(UserAccount, {
      id,
      kind: 'staff',
      email: `${id}@hostwright.example`,
      name: 'Sam',
      passwordHash: '$argon2id$none',
      role: 'super_admin',
      emailConfirmedAt: now,
      createdAt: now,
    });
    await em.flush();
    return createApiKey(em, { name: 'test', scopes: ['*'], allowedNetworks: [], userId: id, expiresAt: null }, now).key;
  });
  await owner.close(true);
  return {
    key,
    async call<T>(
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<{ status: number; body: T }> {
      const response = await fetch(`${product.api}/api/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
    },
  };
}
export type Staff = Awaited<ReturnType<typeof staffOf>>;
