import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createLog } from './log.ts';
import { signUp } from '../testing/account-links.ts';
import { createTestApi, type TestApi } from '../testing/harness.ts';

const lines = () => {
  const written: string[] = [];
  return { written, log: createLog('debug', { write: (line) => void written.push(line) }) };
};

describe('the log', () => {
  it('LOG-01: one line per entry, in UTC, with control characters escaped', () => {
    const { written, log } = lines();
    log.info({ name: 'a\r\n{"level":60,"msg":"forged"}\u001b[31m' }, 'said\nthis');
    expect(written).toHaveLength(1);
    expect(written[0]!.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(written[0]!)).toMatchObject({ time: expect.stringMatching(/Z$/), msg: 'said\nthis' });
  });

  it.each([
    ['a field', (log: ReturnType<typeof lines>['log']) => log.info({ password: 'canary' }, 'x')],
    ['the message', (log: ReturnType<typeof lines>['log']) => log.info('postgres://u:canary@h/d')],
    [
      'an argument of the message',
      (log: ReturnType<typeof lines>['log']) => log.info('went to %s', 'postgres://u:canary@h/d'),
    ],
    ['an error', (log: ReturnType<typeof lines>['log']) => log.error(new Error('Bearer canary-0123456789'))],
    [
      'an error in a field, with a cause',
      (log: ReturnType<typeof lines>['log']) =>
        log.error({ err: new Error('x', { cause: Object.assign(new Error('y'), { token: 'canary' }) }) }, 'failed'),
    ],
    [
      'a child',
      (log: ReturnType<typeof lines>['log']) => log.child({ a: 1 }).info({ deep: { authorization: 'canary' } }),
    ],
  ])('LOG-02: a secret in %s is gone', (_, write) => {
    const { written, log } = lines();
    write(log);
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('[redacted]');
    expect(written[0]).not.toContain('canary');
  });
});

describe('what requests leave in the log', () => {
  let db: TestDatabase;
  let api: TestApi;
  beforeAll(async () => {
    db = await createTestDatabase('log');
    api = await createTestApi(db);
  });
  afterAll(() => db.drop());

  it('LOG-02: no password, cookie, token or address of a person, whatever happens', async () => {
    const password = 'a-secret-of-one-person';
    const email = 'someone.private@example.com';
    await signUp(api, db, { email, password, name: 'Ada', country: 'GB' });
    const { headers, json } = await api.ask('POST', '/api/v2/sign-in', { body: { email, password } });
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
    await api.ask('POST', '/api/v2/sign-in', { body: { email, password: `${password}!` } });
    await api.ask('POST', '/api/v2/sign-in', { body: { email: 5, password } });
    await api.ask('GET', `/api/v2/me?token=canary-in-query`, { headers: { cookie } });
    const text = JSON.stringify(api.logged);
    expect(api.logged.length).toBeGreaterThan(4);
    for (const secret of [password, cookie.split('=')[1]!, json.csrf_token, 'canary-in-query', email]) {
      expect(text).not.toContain(secret);
    }
  });

  it('LOG-03, LOG-04: an unexpected error is logged whole and told as nothing but a request id', async () => {
    await db.sql('alter table session rename to session_gone');
    const { status, json, text } = await api.ask('GET', '/api/v2/me', {
      headers: { cookie: `__Host-sid=${'b'.repeat(43)}` },
    });
    await db.sql('alter table session_gone rename to session');
    expect([status, json.code]).toEqual([500, 'internal_error']);
    expect(text).not.toMatch(/session|select|relation|at .*\.ts/);
    const entry = api.logged.find((line) => line['requestId'] === json.request_id && line['level'] === 50);
    expect(JSON.stringify(entry)).toContain('does not exist');
  });

  it('names the route, not the address', async () => {
    await api.ask('DELETE', '/api/v2/sessions/01a1feb0-53c9-76f4-87e0-b8324328b366');
    expect(api.logged.at(-1)).toMatchObject({ route: '/api/v2/sessions/:id', method: 'DELETE', status: 401 });
  });
});
