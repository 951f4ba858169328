import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId, reference } from '#domain/ids.ts';
import { mailConfirmation, mailLink, signUp } from '../testing/account-links.ts';
import { createTestApi, type TestApi } from '../testing/harness.ts';
import { tidy } from '../operation/housekeeping.ts';

let db: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  db = await createTestDatabase('account_links');
  api = await createTestApi(db);
});
afterAll(() => db.drop());

const password = 'a harbour at 5 in the morning';
const other = 'another harbour, at 6 then';
const newcomer = (email: string) => ({ email, password, name: 'Ada Lovelace', country: 'GB' });
const signIn = async (email: string, word = password) =>
  (await api.ask('POST', '/api/v2/sign-in', { body: { email, password: word } })).status;
const use = (token: string, word = password) =>
  api.ask('POST', '/api/v2/account-links', { body: { token, password: word } });
const userOf = async (email: string) =>
  (
    await db.sql<{ id: string; customer_id: string }>(`select id, customer_id from user_account where email = $1`, [
      email,
    ])
  )[0];
async function soldTo(email: string): Promise<string> {
  const id = newId();
  await db.sql(
    `insert into customer (id, reference, email, name, country, created_at) values ($1, $2, $3, 'Ben Sold', 'GB', now())`,
    [id, reference('C', id), email],
  );
  return id;
}

describe('AUTH-11: an address is confirmed', () => {
  it('nobody can sign in before the link was opened; then with the password of the sign-up', async () => {
    const email = 'ada@example.com';
    const asked = await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
    expect([asked.status, asked.json]).toEqual([202, { next: 'confirm_address' }]);
    expect(await signIn(email)).toBe(401);
    expect(await db.sql('select from customer where email = $1', [email])).toHaveLength(0);

    const token = await mailConfirmation(db, email);
    const look = () => api.ask('GET', `/api/v2/account-links/${token}`);
    expect((await look()).json).toEqual({ good: true, purpose: 'confirm_address', email });
    expect((await look()).json.good).toBe(true);
    expect((await use(token, other)).json).toMatchObject({
      code: 'wrong_password',
      errors: [{ pointer: '/password' }],
    });
    expect((await use(token)).json).toEqual({ email, kind: 'customer' });
    expect(await signIn(email)).toBe(200);
    expect((await use(token)).status).toBe(404);
    expect((await look()).json).toEqual({ good: false, purpose: null, email: null });
  });

  it.each([
    ['a line separator', 'Ada\u2028Lovelace'],
    ['a paragraph separator', 'Ada\u2029Lovelace'],
    ['a line break', 'Ada\nLovelace'],
    ['a next-line control', 'Ada\u0085Lovelace'],
    ['a sign of private use', 'Ada \ue000'],
    ['a direction override', 'Ada \u202e'],
  ])('IN-04: a name with %s is refused at the door, as no mail could carry it', async (_, name) => {
    const { status, json } = await api.ask('POST', '/api/v2/sign-up', { body: { ...newcomer('x@example.com'), name } });
    expect([status, json.errors[0].pointer]).toEqual([422, '/name']);
  });

  it('an address with a domain in any script is kept as the name system has it, and shown as it is typed', async () => {
    const email = 'ada@bücher.example';
    await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
    const kept = 'ada@xn--bcher-kva.example';
    const token = await mailConfirmation(db, kept);
    expect((await api.ask('GET', `/api/v2/account-links/${token}`)).json.email).toBe(email);
    expect((await use(token)).json.email).toBe(email);
    for (const spelling of [email, kept, 'Ada@BÜCHER.example']) expect(await signIn(spelling)).toBe(200);
    const answer = await api.ask('POST', '/api/v2/sign-in', { body: { email: kept, password } });
    expect(answer.json.email).toBe(email);
    expect((await userOf(kept))!.id).toBe(answer.json.id);
  });

  it.each([
    ['ada@'],
    ['ada@bü cher.example'],
    ['ada@bücher'],
    ['ada@b/ücher.example'],
    ['ädä@example.com'],
    ['@bücher.example'],
  ])('%s is no address', async (email) => {
    const { status, json } = await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
    expect([status, json.errors[0].pointer]).toEqual([422, '/email']);
  });

  it('whoever signs up with another’s address never gets in: the owner’s click alone is not enough, and his own counts', async () => {
    const email = 'victim@corp.example';
    await api.ask('POST', '/api/v2/sign-up', { body: { ...newcomer(email), password: 'the guess of a stranger' } });
    const planted = await mailConfirmation(db, email);
    expect((await use(planted, password)).status).toBe(422);
    await signUp(api, db, newcomer(email));
    expect((await use(planted, 'the guess of a stranger')).status).toBe(404);
    expect([await signIn(email, 'the guess of a stranger'), await signIn(email)]).toEqual([401, 200]);
  });

  it('a sign-up never joins a customer whom staff sold to, also when the sale came between', async () => {
    const email = 'sold@corp.example';
    await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
    const token = await mailConfirmation(db, email);
    await soldTo(email);
    expect((await use(token)).status).toBe(404);
    expect(await userOf(email)).toBeUndefined();
  });

  it('AUTH-03: the answer is the same for a free address, a known one and a customer’s, and so is what is written', async () => {
    await signUp(api, db, newcomer('known@example.com'));
    await soldTo('customer@example.com');
    const seen = [];
    for (const email of ['free@example.com', 'known@example.com', 'customer@example.com']) {
      const { status, text, headers } = await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
      const rows = await db.sql(
        `select r.kind, r.user_kind, (select count(*)::int from command_outbox c where c.workflow_id = 'account/' || r.id) as starts
         from account_request r where email = $1 order by created_at desc limit 1`,
        [email],
      );
      seen.push(JSON.stringify([status, text, [...headers.keys()], rows]));
    }
    expect(new Set(seen).size).toBe(1);
    expect(await signIn('known@example.com')).toBe(200);
  });

  it('a user from before addresses were confirmed signs in after he has opened a link', async () => {
    const email = 'older@example.com';
    await signUp(api, db, newcomer(email));
    await db.sql(`update user_account set email_confirmed_at = null where email = $1`, [email]);
    expect(await signIn(email)).toBe(401);
    const token = await mailLink(db, 'password_reset', { userId: (await userOf(email))!.id });
    expect((await use(token, other)).status).toBe(200);
    expect(await signIn(email, other)).toBe(200);
  });
});

describe('an invitation', () => {
  it('lets a customer of a sale choose the password of his portal, once', async () => {
    const email = 'invited@corp.example';
    const customerId = await soldTo(email);
    const token = await mailLink(db, 'invitation', { customerId });
    const second = await mailLink(db, 'invitation', { customerId });
    expect((await use(token, 'short')).json).toMatchObject({ code: 'password_refused' });
    expect((await use(token)).json).toEqual({ email, kind: 'customer' });
    expect(await signIn(email)).toBe(200);
    expect((await userOf(email))!.customer_id).toBe(customerId);
    expect((await use(second, other)).status).toBe(404);
  });
});

describe('AUTH-11: a new password by mail', () => {
  it.each([['/password-reset'], ['/staff/password-reset']])('%s answers the same for whoever it is', async (path) => {
    await signUp(api, db, newcomer(`reset${path.length}@example.com`));
    const seen = [];
    for (const email of [`reset${path.length}@example.com`, 'nobody@example.com']) {
      const { status, text, headers } = await api.ask('POST', `/api/v2${path}`, { body: { email } });
      seen.push(JSON.stringify([status, text, [...headers.keys()]]));
    }
    expect(seen).toEqual([seen[0], seen[0]]);
    expect(seen[0]).toContain('202');
  });

  it('ends every session and every other link; the old password is worth nothing', async () => {
    const me = await api.asCustomer('lost@example.com');
    const token = await mailLink(db, 'password_reset', { userId: me.userId });
    const second = await mailLink(db, 'password_reset', { userId: me.userId });
    expect((await use(token, other)).json).toEqual({ email: 'lost@example.com', kind: 'customer' });
    expect((await api.ask('GET', '/api/v2/me', { headers: { cookie: me.headers.cookie! } })).status).toBe(401);
    expect((await use(second, password)).status).toBe(404);
    expect(await signIn('lost@example.com', other)).toBe(200);
  });

  it('is good for half an hour, and for nobody who is disabled', async () => {
    const me = await api.asCustomer('late@example.com');
    const old = await mailLink(db, 'password_reset', { userId: me.userId }, { at: new Date(Date.now() - 31 * 60_000) });
    expect((await use(old, other)).status).toBe(404);
    const good = await mailLink(db, 'password_reset', { userId: me.userId });
    await db.sql('update user_account set disabled_at = now() where id = $1', [me.userId]);
    expect((await use(good, other)).status).toBe(404);
  });

  it('a changed password takes the links with it', async () => {
    const email = 'changed@example.com';
    await signUp(api, db, newcomer(email));
    const token = await mailLink(db, 'password_reset', { userId: (await userOf(email))!.id });
    const { json, headers } = await api.ask('POST', '/api/v2/sign-in', { body: { email, password } });
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
    const changed = await api.ask('POST', '/api/v2/me/password', {
      headers: { cookie, origin: 'https://portal.test', 'x-csrf-token': json.csrf_token },
      body: { current_password: password, new_password: other },
    });
    expect(changed.status).toBe(204);
    expect((await use(token)).status).toBe(404);
  });

  it('a link that was made for something else is good for that only, and two at once use it once', async () => {
    const me = await api.asCustomer('twice@example.com');
    const token = await mailLink(db, 'password_reset', { userId: me.userId });
    expect((await api.ask('GET', `/api/v2/panel-password/${token}`)).json.good).toBe(false);
    const statuses = (await Promise.all([use(token, other), use(token, other), use(token, other)])).map(
      (a) => a.status,
    );
    expect(statuses.sort()).toEqual([200, 404, 404]);
  });

  it('AUTH-04: strangers who guess do not keep the owner of a link out', async () => {
    const email = 'besieged@example.com';
    const me = await api.asCustomer(email);
    const statuses = [];
    for (let i = 0; i < 7; i += 1) {
      const from = `198.51.100.${i}`;
      statuses.push((await api.ask('POST', '/api/v2/sign-in', { body: { email, password: 'wrong' }, from })).status);
    }
    expect(statuses.at(-1)).toBe(429);
    const token = await mailLink(db, 'password_reset', { userId: me.userId });
    expect((await use(token, other)).status).toBe(200);
    expect(await signIn(email, other)).toBe(200);
  });

  it('passwords behind a link are guessed as slowly as others', async () => {
    const email = 'guessed@example.com';
    await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
    const token = await mailConfirmation(db, email);
    const statuses = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await use(token, `wrong ${i}`)).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  });

  it('requests are forgotten after two days, with their links', async () => {
    const email = 'forgotten@example.com';
    await api.ask('POST', '/api/v2/sign-up', { body: newcomer(email) });
    await mailConfirmation(db, email);
    expect((await tidy(api.parts.orm, new Date(Date.now() + 3 * 24 * 3_600_000))).requests).toBeGreaterThan(0);
    expect(await db.sql('select from account_request')).toHaveLength(0);
    expect(await db.sql(`select from one_time_token where purpose = 'confirm_address'`)).toHaveLength(0);
  });
});
