import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { mailLink, signUp } from '../testing/account-links.ts';
import { createTestApi, TEST_ORIGIN, type TestApi } from '../testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
let now = new Date('2026-11-21T10:00:00Z');
const later = (seconds: number) => (now = new Date(now.getTime() + seconds * 1_000));
beforeAll(async () => {
  db = await createTestDatabase('second_factor');
  api = await createTestApi(db, { clock: () => now });
});
afterAll(() => db.drop());

const password = 'a harbour at 5 in the morning';
const codeOf = (secret: string, at = now) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() });
/** Six digits that no step near is of. */
const wrongFor = (secret: string) => {
  const near = [-2, -1, 0, 1, 2].map((step) => codeOf(secret, new Date(now.getTime() + step * 30_000)));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code))!;
};

interface Browser {
  headers: Record<string, string>;
}
const browserOf = (answer: { headers: Headers; json: { csrf_token?: string } }, csrf?: string): Browser => ({
  headers: {
    cookie: answer.headers.getSetCookie()[0]!.split(';')[0]!,
    origin: TEST_ORIGIN,
    'x-csrf-token': answer.json.csrf_token ?? csrf ?? '',
  },
});
const signIn = (email: string, code?: string, { as = 'customer', word = password, from = '203.0.113.7' } = {}) =>
  api.ask('POST', as === 'staff' ? '/api/v2/staff/sign-in' : '/api/v2/sign-in', {
    body: { email, password: word, ...(code && { code }) },
    from,
  });

async function customer(email: string): Promise<Browser> {
  await signUp(api, db, { email, password, name: 'Ada Lovelace', country: 'GB' });
  return browserOf(await signIn(email));
}
async function staff(email: string): Promise<Browser & { userId: string }> {
  const { userId } = await api.asStaff();
  await db.sql(`update user_account set email = $1, password_hash = $2 where id = $3`, [
    email,
    await api.hashing.hash(password),
    userId,
  ]);
  return { userId, ...browserOf(await signIn(email, undefined, { as: 'staff' })) };
}
const post = (browser: Browser, path: string, body: object = {}) =>
  api.ask('POST', `/api/v2${path}`, { headers: browser.headers, ...(Object.keys(body).length > 0 && { body }) });
/** Enrols; the browser goes on under its new cookie. */
async function enrol(browser: Browser, code?: string) {
  const begun = await post(browser, '/me/second-factor', { password, ...(code && { code }) });
  expect(begun.status).toBe(200);
  const secret: string = begun.json.secret;
  const confirmed = await post(browser, '/me/second-factor/confirm', { code: codeOf(secret) });
  expect(confirmed.status).toBe(200);
  const cookie = confirmed.headers.getSetCookie()[0]!.split(';')[0]!;
  const me = await api.ask('GET', '/api/v2/me', { headers: { cookie } });
  Object.assign(browser.headers, { cookie, 'x-csrf-token': me.json.csrf_token });
  later(60);
  return { secret, uri: begun.json.uri as string, codes: confirmed.json.recovery_codes as string[] };
}

describe('AUTH-05: a second factor', () => {
  it('is asked for once it is set up, and only by whoever knows the password', async () => {
    const email = 'ada@example.com';
    const { secret, uri } = await enrol(await customer(email));
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri).toContain('otpauth://totp/');
    expect((await signIn(email)).json.code).toBe('second_factor_required');
    expect((await signIn(email, codeOf(secret), { word: 'wrong one' })).json.code).toBe('wrong_credentials');
    expect((await signIn(email, wrongFor(secret))).json.code).toBe('wrong_code');
    const good = await signIn(email, codeOf(secret));
    expect([good.status, good.json.second_factor]).toEqual([200, 'on']);
  });

  it('takes a code once, and one a step early or late, not two', async () => {
    const email = 'steps@example.com';
    const { secret } = await enrol(await customer(email));
    const at = (step: number) => codeOf(secret, new Date(now.getTime() + step * 30_000));
    expect((await signIn(email, at(-2))).json.code).toBe('wrong_code');
    expect((await signIn(email, at(2))).json.code).toBe('wrong_code');
    expect((await signIn(email, at(0))).status).toBe(200);
    expect((await signIn(email, at(0))).json.code).toBe('wrong_code');
    expect((await signIn(email, at(-1))).json.code).toBe('wrong_code');
    expect((await signIn(email, at(1))).status).toBe(200);
  });

  it('a code that two use at once lets one in', async () => {
    const email = 'race@example.com';
    const { secret } = await enrol(await customer(email));
    const code = codeOf(secret);
    const answers = await Promise.all(Array.from({ length: 4 }, () => signIn(email, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('five wrong codes, then ten minutes of nothing, also for the right one', async () => {
    const email = 'guessed@example.com';
    const { secret } = await enrol(await customer(email));
    const codes = [];
    for (let i = 0; i < 6; i += 1) codes.push((await signIn(email, wrongFor(secret))).status);
    expect(codes).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await signIn(email, codeOf(secret))).status).toBe(429);
    later(601);
    expect((await signIn(email, codeOf(secret))).status).toBe(200);
  });

  it('needs the password to begin with, ends all other sessions, and changes the cookie', async () => {
    const email = 'begin@example.com';
    const here = await customer(email);
    const there = browserOf(await signIn(email));
    expect((await post(here, '/me/second-factor', { password: 'wrong one' })).json.code).toBe('wrong_password');
    const before = here.headers['cookie'];
    await enrol(here);
    expect(here.headers['cookie']).not.toBe(before);
    for (const cookie of [before!, there.headers['cookie']!]) {
      expect((await api.ask('GET', '/api/v2/me', { headers: { cookie } })).status).toBe(401);
    }
  });

  it('is replaced only with a code of the one there is, which counts until the new one is confirmed', async () => {
    const email = 'replace@example.com';
    const here = await customer(email);
    const { secret } = await enrol(here);
    expect((await post(here, '/me/second-factor', { password })).json.code).toBe('wrong_code');
    const begun = await post(here, '/me/second-factor', { password, code: codeOf(secret) });
    later(60);
    expect((await signIn(email, codeOf(secret))).status).toBe(200);
    expect((await post(here, '/me/second-factor/confirm', { code: codeOf(begun.json.secret) })).status).toBe(200);
    later(60);
    expect((await signIn(email, codeOf(secret))).json.code).toBe('wrong_code');
    expect((await signIn(email, codeOf(begun.json.secret))).status).toBe(200);
  });

  it('a secret that was shown is good for a quarter of an hour', async () => {
    const here = await customer('slow@example.com');
    const begun = await post(here, '/me/second-factor', { password });
    later(15 * 60);
    expect((await post(here, '/me/second-factor/confirm', { code: codeOf(begun.json.secret) })).json.code).toBe(
      'wrong_code',
    );
  });

  it('the database has no secret and no recovery code', async () => {
    const { secret, codes } = await enrol(await customer('kept@example.com'));
    const rows = JSON.stringify([
      await db.sql(`select encode(secret, 'escape') as secret from second_factor where secret is not null`),
      await db.sql(`select encode(code_hash, 'escape') as code from recovery_code`),
    ]);
    expect(rows).not.toContain(secret);
    for (const code of codes) expect(rows).not.toContain(code.replaceAll('-', ''));
  });

  it('a new password by mail does not go past it', async () => {
    const email = 'reset@example.com';
    const { secret } = await enrol(await customer(email));
    const [user] = await db.sql<{ id: string }>(`select id from user_account where email = $1`, [email]);
    const token = await mailLink(db, 'password_reset', { userId: user!.id }, { at: now });
    const word = 'another harbour, much later';
    expect((await api.ask('POST', '/api/v2/account-links', { body: { token, password: word } })).status).toBe(200);
    expect((await signIn(email, undefined, { word })).json.code).toBe('second_factor_required');
    expect((await signIn(email, codeOf(secret), { word })).status).toBe(200);
  });

  it('AUTH-04: lets its owner in from a new network while strangers guess his password', async () => {
    const email = 'besieged@example.com';
    const { secret } = await enrol(await customer(email));
    for (let i = 0; i < 25; i += 1) await signIn(email, undefined, { word: 'guess', from: `198.51.100.${i}` });
    expect((await signIn(email, undefined, { from: '192.0.2.9' })).status).toBe(429);
    expect((await signIn(email, codeOf(secret), { from: '192.0.2.9' })).status).toBe(200);
  });
});

describe('AUTH-06: recovery codes', () => {
  it('ten, each once, as people type them; new ones take the old ones back', async () => {
    const email = 'codes@example.com';
    const here = await customer(email);
    const { secret, codes } = await enrol(here);
    expect(new Set(codes).size).toBe(10);
    expect((await signIn(email, codes[0]!.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
    expect((await signIn(email, codes[0])).json.code).toBe('wrong_code');
    const state = await api.ask('GET', '/api/v2/me/second-factor', { headers: here.headers });
    expect(state.json).toMatchObject({ recovery_codes_left: 9, required: false, may_put_off: false });
    const renewed = await post(here, '/me/recovery-codes', { password, code: codeOf(secret) });
    expect(renewed.json.recovery_codes).toHaveLength(10);
    expect((await signIn(email, codes[1])).json.code).toBe('wrong_code');
    expect((await signIn(email, renewed.json.recovery_codes[1])).status).toBe(200);
  });

  it('one that was used is told by mail', async () => {
    const email = 'told@example.com';
    const { codes } = await enrol(await customer(email));
    await signIn(email, codes[3]);
    const asked = await db.sql(
      `select r.kind from account_request r join command_outbox c on c.workflow_id = 'account/' || r.id where r.email = $1 and r.kind <> 'sign_up'`,
      [email],
    );
    expect(asked).toEqual([{ kind: 'recovery_code_used' }]);
  });

  it('a customer may do without again; nobody else may for him', async () => {
    const email = 'without@example.com';
    const here = await customer(email);
    const { secret } = await enrol(here);
    expect((await post(here, '/me/second-factor/remove', { password, code: wrongFor(secret) })).status).toBe(422);
    expect((await post(here, '/me/second-factor/remove', { password, code: codeOf(secret) })).status).toBe(204);
    expect((await signIn(email)).status).toBe(200);
  });
});

describe('AUTH-05: staff', () => {
  it('without one reach only enrolment; with one everything', async () => {
    const sam = await staff('sam@staff.example');
    const me = await api.ask('GET', '/api/v2/me', { headers: sam.headers });
    expect(me.json).toMatchObject({ second_factor: 'required', permissions: [] });
    for (const path of ['/orders', '/nodes', '/audit', '/sessions', '/api-keys', '/incidents']) {
      const { status, json } = await api.ask('GET', `/api/v2${path}`, { headers: sam.headers });
      expect([path, status, json.code]).toEqual([path, 403, 'second_factor_needed']);
    }
    await enrol(sam);
    expect((await api.ask('GET', '/api/v2/orders', { headers: sam.headers })).status).toBe(200);
    expect((await post(sam, '/me/second-factor/remove', { password, code: '123456' })).status).toBe(403);
  });

  it('may put it off once in the sandbox, for one session', async () => {
    const kim = await staff('kim@staff.example');
    expect((await api.ask('GET', '/api/v2/me/second-factor', { headers: kim.headers })).json).toMatchObject({
      required: true,
      may_put_off: true,
    });
    expect((await post(kim, '/me/second-factor/put-off')).status).toBe(204);
    expect((await api.ask('GET', '/api/v2/orders', { headers: kim.headers })).status).toBe(200);
    const again = browserOf(await signIn('kim@staff.example', undefined, { as: 'staff' }));
    expect((await post(again, '/me/second-factor/put-off')).json.code).toBe('not_put_off');
    expect((await api.ask('GET', '/api/v2/orders', { headers: again.headers })).status).toBe(403);
  });
});

describe('AUTH-12: what is dangerous asks again', () => {
  const makeKey = (browser: Browser) => post(browser, '/api-keys', { name: 'x', scopes: ['orders.read'] });

  it('after ten minutes, until the password and the code were given once more', async () => {
    const lee = await staff('lee@staff.example');
    const { secret } = await enrol(lee);
    expect((await makeKey(lee)).status).toBe(201);
    later(11 * 60);
    expect((await makeKey(lee)).json.code).toBe('reauth_required');
    const node = { name: 'n', base_url: 'https://p.example', api_key: 'k', api_secret: 's', capacity: 1 };
    expect((await post(lee, '/nodes', node)).json.code).toBe('reauth_required');
    expect((await post(lee, '/me/password', { current_password: password, new_password: 'x' })).json.code).toBe(
      'reauth_required',
    );
    expect((await post(lee, '/me/re-authenticate', { password })).json.code).toBe('second_factor_required');
    const proved = await post(lee, '/me/re-authenticate', { password, code: codeOf(secret) });
    expect(proved.status).toBe(200);
    const renewed = browserOf(proved);
    expect((await makeKey(renewed)).status).toBe(201);
    expect((await makeKey(lee)).status).toBe(401);
  });
});

describe('AUTH-10: a password that is changed', () => {
  it('leaves no session that was begun with the old one, however they meet', async () => {
    const email = 'meets@example.com';
    const word = (round: number) => `${password} ${round}`;
    const here = await customer(email);
    await post(here, '/me/password', { current_password: password, new_password: word(0) });
    for (let round = 0; round < 6; round += 1) {
      await db.sql('delete from guess');
      const mine = browserOf(await signIn(email, undefined, { word: word(round) }));
      const begun = Array.from({ length: 8 }, (_, i) =>
        signIn(email, undefined, { word: word(round), from: `192.0.2.${i}` }),
      );
      const changed = post(mine, '/me/password', { current_password: word(round), new_password: word(round + 1) });
      const [answer, ...sessions] = await Promise.all([changed, ...begun]);
      expect(answer.status).toBe(204);
      const kept = answer.headers.getSetCookie()[0]!.split(';')[0]!;
      for (const session of sessions.filter(({ status }) => status === 200)) {
        const cookie = session.headers.getSetCookie()[0]!.split(';')[0]!;
        expect((await api.ask('GET', '/api/v2/me', { headers: { cookie } })).status).toBe(401);
      }
      expect((await api.ask('GET', '/api/v2/me', { headers: { cookie: kept } })).status).toBe(200);
    }
  }, 60_000);

  it('is not undone by an older hash that is replaced in the same moment', async () => {
    const email = 'rehash@example.com';
    const here = await customer(email);
    const { hash } = await import('@node-rs/argon2');
    const old = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await db.sql(`update user_account set password_hash = $1 where email = $2`, [old, email]);
    const word = 'another harbour, much later';
    const [changed] = await Promise.all([
      post(here, '/me/password', { current_password: password, new_password: word }),
      ...Array.from({ length: 4 }, () => signIn(email)),
    ]);
    // Whichever came first, exactly one password is right, and it is the one that the answer says.
    const statuses = [(await signIn(email)).status, (await signIn(email, undefined, { word })).status];
    expect([204, 409]).toContain(changed!.status);
    expect(statuses).toEqual(changed!.status === 204 ? [401, 200] : [200, 401]);
  });
});
