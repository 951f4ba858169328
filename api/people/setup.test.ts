import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createFirstStaff, createSetupToken } from './auth/first-staff.ts';
import { createTestApi, type TestApi } from '../testing/harness.ts';

const asOf = new Date('2026-11-21T10:00:00Z');
let db: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  db = await createTestDatabase('setup');
  api = await createTestApi(db, { clock: () => asOf });
});
afterEach(() => db.sql('truncate api_key, one_time_token, guess, user_account cascade'));
afterAll(() => db.drop());

const boss = { email: 'boss@example.com', name: 'The Boss', password: 'a password of my own' };
const setup = (token: string, from?: string) =>
  api.ask('POST', '/api/v2/setup', { body: { token, ...boss }, ...(from && { from }) });
const token = async () => (await createSetupToken(api.parts.orm, asOf))!.token;
const admins = async () => await db.sql(`select email, role from user_account where kind = 'staff'`);

describe('AUTH-14: the first administrator of an installation', () => {
  it('a fresh database has nobody, and nobody can sign in', async () => {
    expect(await admins()).toEqual([]);
  });

  it('is made with the token that was printed, and signs in with a password of his own', async () => {
    expect((await setup(await token())).status).toBe(204);
    expect(await admins()).toEqual([{ email: boss.email, role: 'super_admin' }]);
    const { email, password } = boss;
    const { json } = await api.ask('POST', '/api/v2/staff/sign-in', { body: { email, password } });
    expect(json.role).toBe('super_admin');
  });

  it('the token works once', async () => {
    const once = await token();
    expect((await setup(once)).status).toBe(204);
    const again = await setup(once);
    expect([again.status, again.json.code]).toEqual([403, 'setup_refused']);
    expect(await admins()).toHaveLength(1);
  });

  it('ten at once make one administrator', async () => {
    const once = await token();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => setup(once, `198.51.100.${i}`)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await admins()).toHaveLength(1);
  });

  it('a restart prints nothing while the token is good, and nothing when somebody exists', async () => {
    const once = await token();
    expect(await createSetupToken(api.parts.orm, asOf)).toBeUndefined();
    await setup(once);
    expect(await createSetupToken(api.parts.orm, new Date('2027-01-01'))).toBeUndefined();
  });

  it('the token is good for 24 hours; after that a restart prints another', async () => {
    const made = (await createSetupToken(api.parts.orm, new Date('2026-11-20T09:59:59Z')))!;
    expect((await setup(made.token)).status).toBe(403);
    expect((await setup(await token())).status).toBe(204);
  });

  it('is not guessed', async () => {
    await token();
    const statuses = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await setup('x'.repeat(43))).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });

  it('the database has only the token’s hash', async () => {
    const once = await token();
    const [row] = await db.sql<{ text: string }>(`select row_to_json(t)::text as text from one_time_token t`);
    expect(row!.text).not.toContain(once);
  });
});

describe('the sandbox’s first start', () => {
  const first = () => createFirstStaff(api.parts.orm, api.hashing, { email: 'admin@hostwright.localhost' }, asOf);

  it('makes an administrator with a generated password and a key for the command line, once', async () => {
    const made = (await first())!;
    expect(made.password).toMatch(/^(?:[a-zA-Z2-9]{6}-){3}[a-zA-Z2-9]{6}$/);
    const { email, password } = made;
    expect((await api.ask('POST', '/api/v2/staff/sign-in', { body: { email, password } })).status).toBe(200);
    const headers = { authorization: `Bearer ${made.apiKey}` };
    expect((await api.ask('GET', '/api/v2/me', { headers, from: '127.0.0.1' })).json.role).toBe('super_admin');
    expect(await first()).toBeUndefined();
  });

  it('two at once make one', async () => {
    const made = await Promise.all([first(), first(), first()]);
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it('its key is good on this machine only', async () => {
    const headers = { authorization: `Bearer ${(await first())!.apiKey}` };
    expect((await api.ask('GET', '/api/v2/me', { headers, from: '203.0.113.7' })).status).toBe(401);
  });
});
