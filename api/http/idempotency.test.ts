import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sha256 } from '#db/secrets/seal.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';
import { tidy } from '../operation/housekeeping.ts';

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let other: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('once');
  api = await createTestApi(db, { poolMax: 20 });
  admin = await api.asStaff();
  other = await api.asStaff();
});
afterAll(() => db.drop());

const wish = { name: 'a key', scopes: ['audit.read'] };
const make = (key: string, body: object = wish, who = admin) =>
  api.ask('POST', '/api/v2/api-keys', { headers: { ...who.headers, 'idempotency-key': key }, body });
const made = async () => (await db.sql<{ n: number }>('select count(*)::int as n from api_key'))[0]!.n;

describe('BIZ-06: Idempotency-Key', () => {
  it('the same request gets the first answer again, with one effect', async () => {
    const before = await made();
    const first = await make('first-key');
    const second = await make('first-key');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json).toEqual(first.json);
    expect(await made()).toBe(before + 1);
  });

  it('twenty at once have one effect and one answer', async () => {
    const before = await made();
    const answers = await Promise.all(Array.from({ length: 20 }, () => make('parallel-key')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await made()).toBe(before + 1);
  });

  it('another request with the same key is refused', async () => {
    await make('reused-key');
    const { status, json } = await make('reused-key', { ...wish, name: 'another key' });
    expect([status, json.code]).toEqual([422, 'idempotency_mismatch']);
  });

  it('keys of others are others', async () => {
    const mine = await make('shared-key');
    const theirs = await make('shared-key', wish, other);
    expect(theirs.json.id).not.toBe(mine.json.id);
  });

  it('a refusal is not remembered: the mended request may keep its key', async () => {
    const before = await made();
    expect((await make('mended-key', { ...wish, scopes: ['no.such'] })).status).toBe(422);
    expect((await make('mended-key')).status).toBe(201);
    expect(await made()).toBe(before + 1);
  });

  it('an answer that is shown once is kept sealed', async () => {
    const { json } = await make('sealed-key');
    const [row] = await db.sql(`select response::text from idempotency where key = 'sealed-key'`);
    expect(JSON.stringify(row)).not.toContain(json.key);
  });

  it('what is kept of a password cannot be tried out from the database alone', async () => {
    const body = { email: 'guessed@example.com', password: 'correct horse battery staple', name: 'Ada', country: 'GB' };
    const signUp = () => api.ask('POST', '/api/v2/sign-up', { headers: { 'idempotency-key': 'sign-up-key' }, body });
    expect((await signUp()).status).toBe(202);
    expect((await signUp()).headers.get('idempotency-replayed')).toBe('true');
    const [row] = await db.sql<{ hash: Buffer }>(
      `select request_hash as hash from idempotency where key = 'sign-up-key'`,
    );
    expect(row!.hash).toHaveLength(32);
    expect(row!.hash.equals(sha256(JSON.stringify(body)))).toBe(false);
  });

  it('a key that is none is refused', async () => {
    expect((await make('short')).json.errors).toEqual([
      { pointer: 'idempotency-key', detail: 'is 8 to 200 visible ASCII characters' },
    ]);
  });

  it('is forgotten after seven days', async () => {
    await make('old-key-of-last-week');
    const day = 24 * 3_600_000;
    await tidy(api.parts.orm, new Date(Date.now() + 6 * day));
    expect(await db.sql(`select 1 from idempotency where key = 'old-key-of-last-week'`)).toHaveLength(1);
    await db.sql(`insert into guess (key, failures, window_started_at) values ('account/x', 9, now())`);
    expect((await tidy(api.parts.orm, new Date(Date.now() + 8 * day))).guesses).toBe(1);
    expect(await db.sql(`select 1 from idempotency`)).toHaveLength(0);
  });
});
