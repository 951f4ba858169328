import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { signUp } from '../testing/account-links.ts';
import { createTestApi, TEST_ORIGIN, type TestApi } from '../testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  db = await createTestDatabase('people');
  api = await createTestApi(db);
});
afterAll(() => db.drop());

const password = 'a harbour at 5 in the morning';
const newcomer = (email: string) => ({ email, password, name: 'Ada Lovelace', country: 'GB' });
const cookieOf = (headers: Headers) => headers.getSetCookie()[0]?.split(';')[0] ?? '';

async function signedUp(email: string) {
  await signUp(api, db, newcomer(email));
  const { json, headers } = await api.ask('POST', '/api/v2/sign-in', { body: { email, password } });
  return { cookie: cookieOf(headers), csrf: json.csrf_token as string };
}
const browser = ({ cookie, csrf }: { cookie: string; csrf: string }) => ({
  cookie,
  origin: TEST_ORIGIN,
  'x-csrf-token': csrf,
});

describe('signing up and in', () => {
  it('a newcomer signs up, signs in, and is somebody', async () => {
    await signUp(api, db, newcomer('ada@example.com'));
    const signIn = await api.ask('POST', '/api/v2/sign-in', { body: { email: 'ADA@example.com', password } });
    expect(signIn.status).toBe(200);
    const me = await api.ask('GET', '/api/v2/me', { headers: { cookie: cookieOf(signIn.headers) } });
    expect(me.json).toMatchObject({ kind: 'customer', email: 'ada@example.com', permissions: [], role: null });
    expect(me.json.csrf_token).toBe(signIn.json.csrf_token);
  });

  it('AUTH-09: the cookie is __Host-sid with every guard, and the database has only its hash', async () => {
    await signUp(api, db, newcomer('cookie@example.com'));
    const { headers } = await api.ask('POST', '/api/v2/sign-in', { body: { email: 'cookie@example.com', password } });
    const [cookie, ...more] = headers.getSetCookie();
    expect(more).toEqual([]);
    expect(cookie).toMatch(/^__Host-sid=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const rows = await db.sql<{ token_hash: Buffer }>(`select token_hash from session`);
    const token = cookieOf(headers).slice('__Host-sid='.length);
    expect(rows.some((row) => row.token_hash.toString('utf8').includes(token))).toBe(false);
  });

  it('AUTH-03: a wrong password and an unknown address get the same answer', async () => {
    await signedUp('known@example.com');
    const wrong = await api.ask('POST', '/api/v2/sign-in', {
      body: { email: 'known@example.com', password: 'wrong one' },
    });
    const unknown = await api.ask('POST', '/api/v2/sign-in', {
      body: { email: 'nobody@example.com', password: 'wrong one' },
    });
    const shape = (one: typeof wrong) => [
      one.status,
      { ...one.json, request_id: '' },
      [...one.headers].filter(([name]) => !/^(x-request-id|ratelimit-)/.test(name)),
    ];
    expect(shape(unknown)).toEqual(shape(wrong));
    expect(wrong.json.code).toBe('wrong_credentials');
  });

  it.each([
    ['short pw', 'seven characters', '1234567'],
    ['common', 'in the list', 'Password123'],
    ['has the address', 'local part of the e-mail', 'xx-rulecheck-77'],
    ['has the shop', 'name of the product', 'my hostwright pass'],
  ])('AUTH-02: refuses a password that %s (%s)', async (_, __, bad) => {
    const { status, json } = await api.ask('POST', '/api/v2/sign-up', {
      body: { ...newcomer('rulecheck@example.com'), password: bad },
    });
    expect([status, json.code, json.errors[0].pointer]).toEqual([422, 'password_refused', '/password']);
    expect(JSON.stringify(json)).not.toContain(bad);
  });

  it('AUTH-02: takes 128 characters and tells passwords apart that differ in the last', async () => {
    const long = `${'ä '.repeat(63)}yz`;
    const body = { ...newcomer('long@example.com'), password: long };
    await signUp(api, db, body);
    const attempt = (value: string) =>
      api.ask('POST', '/api/v2/sign-in', { body: { email: body.email, password: value } });
    expect((await attempt(`${long.slice(0, -1)}x`)).status).toBe(401);
    expect((await attempt(long)).status).toBe(200);
  });

  it('AUTH-01: stores argon2id with 46 MiB; an older hash is replaced at the next sign-in', async () => {
    await signedUp('hash@example.com');
    const stored = async () =>
      (
        await db.sql<{ password_hash: string }>(
          `select password_hash from user_account where email = 'hash@example.com'`,
        )
      )[0]!.password_hash;
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    const { hash } = await import('@node-rs/argon2');
    const old = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await db.sql(`update user_account set password_hash = $1 where email = 'hash@example.com'`, [old]);
    await api.ask('POST', '/api/v2/sign-in', { body: { email: 'hash@example.com', password } });
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
  });

  it('AUTH-10: after signing out the cookie is worth nothing', async () => {
    const me = await signedUp('out@example.com');
    expect((await api.ask('POST', '/api/v2/sign-out', { headers: browser(me) })).status).toBe(204);
    expect((await api.ask('GET', '/api/v2/me', { headers: { cookie: me.cookie } })).status).toBe(401);
  });

  it('AUTH-10: a changed password ends every other session and renews this one', async () => {
    const here = await signedUp('change@example.com');
    const there = await api.ask('POST', '/api/v2/sign-in', { body: { email: 'change@example.com', password } });
    const changed = await api.ask('POST', '/api/v2/me/password', {
      headers: browser(here),
      body: { current_password: password, new_password: 'another harbour, much later' },
    });
    expect(changed.status).toBe(204);
    for (const cookie of [here.cookie, cookieOf(there.headers)]) {
      expect((await api.ask('GET', '/api/v2/me', { headers: { cookie } })).status).toBe(401);
    }
    expect((await api.ask('GET', '/api/v2/me', { headers: { cookie: cookieOf(changed.headers) } })).status).toBe(200);
  });

  it('AUTH-10: people see where they are signed in and end a session; nobody ends another’s', async () => {
    const here = await signedUp('list@example.com');
    await api.ask('POST', '/api/v2/sign-in', { body: { email: 'list@example.com', password } });
    const { json } = await api.ask('GET', '/api/v2/sessions', { headers: { cookie: here.cookie } });
    expect(json.sessions).toHaveLength(2);
    const [other] = json.sessions.filter((session: { current: boolean }) => !session.current);
    const stranger = await signedUp('stranger@example.com');
    const foreign = await api.ask('DELETE', `/api/v2/sessions/${other.id}`, { headers: browser(stranger) });
    const missing = await api.ask('DELETE', `/api/v2/sessions/${crypto.randomUUID()}`, { headers: browser(stranger) });
    expect(foreign.status).toBe(404);
    expect({ ...foreign.json, request_id: '' }).toEqual({ ...missing.json, request_id: '' });
    expect((await api.ask('DELETE', `/api/v2/sessions/${other.id}`, { headers: browser(here) })).status).toBe(204);
    const after = await api.ask('GET', '/api/v2/sessions', { headers: { cookie: here.cookie } });
    expect(after.json.sessions).toHaveLength(1);
  });

  it('AUTH-09: signing in ends the session the browser had, so a planted cookie stays worthless', async () => {
    const planted = await signedUp('planted@example.com');
    await signUp(api, db, newcomer('victim@example.com'));
    const signIn = await api.ask('POST', '/api/v2/sign-in', {
      headers: { cookie: planted.cookie, origin: TEST_ORIGIN },
      body: { email: 'victim@example.com', password },
    });
    expect(cookieOf(signIn.headers)).not.toBe(planted.cookie);
    expect((await api.ask('GET', '/api/v2/me', { headers: { cookie: planted.cookie } })).status).toBe(401);
  });

  it('a customer’s password does not sign in as staff', async () => {
    await signedUp('kinds@example.com');
    const { status } = await api.ask('POST', '/api/v2/staff/sign-in', {
      body: { email: 'kinds@example.com', password },
    });
    expect(status).toBe(401);
  });

  it('AUTH-16: signing in, failing to, signing out and a new password leave entries', async () => {
    const { rows } = { rows: await db.sql<{ action: string }>(`select distinct action from audit_entry`) };
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'sign_in.ok',
        'sign_in.failed',
        'session.signed_out',
        'session.ended',
        'user.password_changed',
        'customer.signed_up',
        'account.sign_up_requested',
      ]),
    );
  });
});
