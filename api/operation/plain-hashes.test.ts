import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hash } from 'node:crypto';
import { newId } from '#domain/ids.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { signUp } from '../testing/account-links.ts';
import { createTestApi, TEST_ORIGIN, type TestApi } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const EMAIL = 'Guessable@Example.org';
const PASSWORD = 'a harbour at 5 in the morning';
const NEW_PASSWORD = 'another harbour, much later';
const NETWORK = '198.51.100.77';

let db: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  db = await createTestDatabase('plainhashes');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { clock: () => now });
});
afterAll(() => db.drop());

const ask = (path: string, body: object, headers: Record<string, string> = {}) =>
  api.ask('POST', `/api/v2${path}`, { body, from: NETWORK, headers: { 'idempotency-key': newId(), ...headers } });

/** Signs up, fails to sign in, signs in, changes the password and buys, so that all of it is in the database. */
async function live(): Promise<void> {
  const who = { email: EMAIL, name: 'Ada Lovelace', country: 'GB' };
  await signUp(api, db, { ...who, password: PASSWORD });
  for (const email of [EMAIL, 'nobody@example.org']) await ask('/sign-in', { email, password: 'not the right one' });
  await ask('/staff/sign-in', { email: EMAIL, password: PASSWORD });
  const { headers, json } = await ask('/sign-in', { email: EMAIL, password: PASSWORD });
  const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
  const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
  const changed = await ask('/me/password', body, { cookie, origin: TEST_ORIGIN, 'x-csrf-token': json.csrf_token });
  expect(changed.status).toBe(204);
  const sale = { customer: who, plan: 'starter', cycle: 'monthly', currency: 'EUR', payment_reference: 'TRX-1' };
  expect((await ask('/provision', sale, (await api.asStaff()).headers)).status).toBe(201);
  await ask('/sign-in', { email: EMAIL, password: 'not the right one' });
}

/** How something that can be guessed would look if it were kept as a plain hash. */
function plainHashes(text: string): string[] {
  const cases = [text, text.toLowerCase()];
  const spellings = ['', 'customer/', 'staff/', 'account/'].flatMap((kind) => cases.map((one) => kind + one));
  return spellings.flatMap((one) =>
    ['sha256', 'sha1', 'md5', 'sha512'].flatMap((algorithm) =>
      // A cut hash is still one.
      (['hex', 'base64', 'base64url'] as const).map((form) => hash(algorithm, one, form).slice(0, 20)),
    ),
  );
}

it('SECR-01: the database has no plain hash of a password, an address or a network', async () => {
  await live();
  const tables = await db.sql<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const sought = [EMAIL, 'nobody@example.org', PASSWORD, NEW_PASSWORD, NETWORK, 'TRX-1'].flatMap((text) =>
    plainHashes(text).map((found) => ({ text, found })),
  );
  let rows = 0;
  for (const { name } of tables) {
    for (const { row } of await db.sql<{ row: string }>(`select t::text as row from "${name}" t`)) {
      rows += 1;
      const hits = sought.filter(({ found }) => row.includes(found));
      expect([name, hits.map(({ text }) => text)]).toEqual([name, []]);
    }
  }
  expect(rows).toBeGreaterThan(30);
  expect(await db.sql(`select 1 from guess where key like 'account/%'`)).not.toEqual([]);
});
