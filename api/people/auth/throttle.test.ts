import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asNobody, type ActingOrm } from '#db/acting.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createLog } from '#api/operation/log.ts';
import { signUp } from '#api/testing/account-links.ts';
import { createTestApi, type TestApi } from '#api/testing/harness.ts';
import { createThrottle } from './throttle.ts';

let db: TestDatabase;
let orm: ActingOrm;
let api: TestApi;
beforeAll(async () => {
  db = await createTestDatabase('throttle');
  orm = await db.acting(10);
  api = await createTestApi(db);
});
beforeEach(() => db.sql('delete from guess'));
afterAll(() => db.drop());

const logged: { msg: string }[] = [];
const log = createLog('warn', { write: (line) => void logged.push(JSON.parse(line) as { msg: string }) });
const start = new Date('2026-11-21T10:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const SECRET = Buffer.alloc(32, 7).toString('base64');
const ada = { kind: 'customer', email: 'ada@example.com' } as const;

/** Seconds it has to wait; 0 when it may guess. */
const guess = (
  at: Date,
  network = '203.0.113.7',
  email: string = ada.email,
  throttle = createThrottle(orm, log, SECRET),
) =>
  throttle.guess({ kind: 'customer', email }, network, at).then(
    () => 0,
    (error: { status: number; headers: Record<string, string> }) => {
      expect(error.status).toBe(429);
      return Number(error.headers['retry-after']);
    },
  );

describe('AUTH-04: guessing is slowed down', () => {
  it('five guesses, then each waits twice as long, up to a minute', async () => {
    let at = start;
    for (let i = 0; i < 5; i += 1) expect(await guess(at)).toBe(0);
    const waits: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const wait = await guess(at);
      waits.push(wait);
      at = new Date(at.getTime() + wait * 1000);
      expect(await guess(at)).toBe(0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('a guess that had to wait does not lengthen the wait', async () => {
    for (let i = 0; i < 5; i += 1) await guess(start);
    for (let i = 0; i < 20; i += 1) expect(await guess(start)).toBe(1);
    expect(await guess(after(1))).toBe(0);
  });

  it('fifteen quiet minutes and all is as before', async () => {
    for (let i = 0; i < 5; i += 1) await guess(start);
    for (let i = 0; i < 4; i += 1) expect(await guess(after(901))).toBe(0);
  });

  it('fifty guesses from one network, whatever the accounts, then a quarter of an hour of nothing', async () => {
    for (let i = 0; i < 50; i += 1) expect(await guess(start, '2001:db8::1', `a${i}@example.com`)).toBe(0);
    expect(await guess(start, '2001:db8::ffff', 'another@example.com')).toBe(900);
    expect(await guess(after(900), '2001:db8::2', 'another@example.com')).toBe(0);
  });

  it('a network that has to wait does not use up the guesses of an account', async () => {
    for (let i = 0; i < 50; i += 1) await guess(start, '198.51.100.1', `b${i}@example.com`);
    for (let i = 0; i < 20; i += 1) expect(await guess(start, '198.51.100.1')).toBe(900);
    expect(await guess(start, '203.0.113.7')).toBe(0);
  });

  it('guesses at once count as guesses one after the other: of 100 from 50 networks five pass', async () => {
    const waits = await Promise.all(Array.from({ length: 100 }, (_, i) => guess(start, `198.51.100.${i % 50}`)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  it('no more than 20 an hour, from however many networks; a mailed link lets the owner in at once', async () => {
    const passed = async (hour: number) => {
      let count = 0;
      for (let second = 0; second < 3_600; second += 30) {
        if ((await guess(after(hour * 3_600 + second), `198.51.${hour}.${second / 30}`)) === 0) count += 1;
      }
      return count;
    };
    for (let hour = 0; hour < 3; hour += 1) expect(await passed(hour)).toBeLessThanOrEqual(20);
    const late = after(3 * 3_600 - 1);
    expect(await guess(late, '192.0.2.200')).toBeGreaterThan(0);
    await asNobody(orm, (em) => createThrottle(orm, log, SECRET).forgive(em, ada));
    expect(await guess(late, '192.0.2.200')).toBe(0);
  });

  it('counts across restarts and replicas', async () => {
    for (let i = 0; i < 5; i += 1) await guess(start, '203.0.113.7', ada.email, createThrottle(orm, log, SECRET));
    expect(await guess(start, '203.0.113.7', ada.email, createThrottle(orm, log, SECRET))).toBe(1);
  });

  it('a right password starts the count over', async () => {
    const throttle = createThrottle(orm, log, SECRET);
    for (let i = 0; i < 4; i += 1) await guess(start);
    await (await throttle.guess(ada, '203.0.113.7', start)).right();
    for (let i = 0; i < 5; i += 1) expect(await guess(start)).toBe(0);
  });

  it('strangers cannot keep somebody out of his account from where he signed in before', async () => {
    const customer = await api.asCustomer('victim@example.com');
    await db.sql(`update session set network = '192.0.2.55', created_at = $1 where user_id = $2`, [
      start,
      customer.userId,
    ]);
    for (let i = 0; i < 200; i += 1) await guess(start, `198.51.100.${i}`, 'victim@example.com');
    expect(await guess(start, '198.51.100.250', 'victim@example.com')).toBeGreaterThan(0);
    expect(await guess(start, '192.0.2.55', 'victim@example.com')).toBe(0);
  });

  it('every route that takes a guess counts it, and the counts of one account are one', async () => {
    const timed = await createTestApi(db, { clock: () => start });
    const me = await timed.asCustomer('mallory@example.com');
    const wrong = { email: 'mallory@example.com', password: 'wrong' };
    const ways = [
      () => timed.ask('POST', '/api/v2/sign-in', { body: wrong }),
      () =>
        timed.ask('POST', '/api/v2/me/password', {
          headers: me.headers,
          body: { current_password: 'wrong', new_password: 'another harbour, much later' },
        }),
    ];
    const statuses = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await ways[i % 2]!()).status);
    expect(statuses).toEqual([401, 422, 401, 422, 401, 429]);
    const setup = { token: 'x'.repeat(43), email: 'a@b.example', name: 'A', password: 'another harbour, much later' };
    const guesses = [];
    for (let i = 0; i < 6; i += 1) guesses.push((await timed.ask('POST', '/api/v2/setup', { body: setup })).status);
    expect(guesses).toEqual([403, 403, 403, 403, 403, 429]);
  });

  it('without the counter nobody is let in, with the right password neither', async () => {
    const body = { email: 'closed@example.com', password: 'correct horse battery staple' };
    await signUp(api, db, { ...body, name: 'Ada', country: 'GB' });
    await db.sql('delete from guess');
    await db.sql('alter table guess rename to guess_gone');
    const refused = await api.ask('POST', '/api/v2/sign-in', { body });
    await db.sql('alter table guess_gone rename to guess');
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([500, []]);
    expect((await api.ask('POST', '/api/v2/sign-in', { body })).status).toBe(200);
  });

  it('many guesses in a minute are told to whoever reads the logs, once', async () => {
    const throttle = createThrottle(orm, log, SECRET, 10);
    for (let i = 0; i < 15; i += 1) await guess(start, `203.0.113.${i}`, `c${i}@example.com`, throttle);
    expect(logged.filter(({ msg }) => msg === 'unusually many sign-in guesses this minute')).toHaveLength(1);
  });

  it('the table names nobody', async () => {
    await guess(start);
    const rows = await db.sql<{ key: string }>(`select key from guess`);
    expect(JSON.stringify(rows)).not.toContain('ada');
  });

  it('a wrong password at the route is 429 from the sixth on, even for the right one, until the wait is over', async () => {
    let now = start;
    const timed = await createTestApi(db, { clock: () => now });
    const attempt = (password: string) =>
      timed.ask('POST', '/api/v2/staff/sign-in', { body: { email: 'nobody@example.com', password } });
    const statuses = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await attempt('wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    now = after(1);
    expect((await attempt('wrong')).status).toBe(401);
  });
});
