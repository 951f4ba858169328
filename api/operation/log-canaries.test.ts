import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { createSetupToken } from '../people/auth/first-staff.ts';
import { newApiKey, newToken } from '../people/auth/tokens.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { fill, stock, type Ids } from '../testing/shop.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let ids: Ids;
let upstream: (() => never) | undefined;
/** One of each class, as they look in life; of each the part that must be in no log. */
const canaries: Record<string, string> = {
  'a password': 'canary!Horse7battery',
  'a session': newToken(),
  'an API key': newApiKey(),
  'a set-up token': newToken(),
  'a JWT': 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ',
  'a license key': 'NP-7HKD2-QXW9M-RT4FV-B0123-45678',
  'a card number': '4242424242424242',
  'a Stripe key': 'sk_live_51H8canary0123456789',
  'a webhook secret': 'whsec_canary0123456789abcdef',
  'a PayPal token': 'A21AAFs9Yy5Y0xkqk6canaryV8m2Yw-8u0yZq3Wg_1x2C3v4B5n6M7q8W9e0R1t2Y3u4I5o6P7a8S9d0F',
  'a signature': 'a3f1'.repeat(16),
  'a long signature': `${'c2lnbmF0dXJlL2Nhbm'.repeat(19)}==`,
  'a connection string': 'postgres://hostwright_api:canary-s3cr3t@db.internal:5432/hostwright',
  'a bearer': 'Bearer canary-0123456789abcdef',
  'a basic credential': 'Basic Y2FuYXJ5OnMzY3IzdA==',
};
const part = (canary: string) => /canary-s3cr3t|(?<=Bearer |Basic ).+/.exec(canary)?.[0] ?? canary;

beforeAll(async () => {
  db = await createTestDatabase('canaries');
  await seedFirstCatalog(db, new Date());
  api = await createTestApi(db, {
    env: { STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef' },
    temporal: { executeActivity: async () => upstream!(), resolveIncident: async () => upstream!() },
  });
  canaries['a set-up token'] = (await createSetupToken(api.parts.orm, new Date()))!.token;
  admin = await api.asStaff();
  ids = await stock(db, api, await api.asCustomer('ada@example.com'), admin);
});
afterAll(() => db.drop());

const leaked = (canary: string) =>
  api.logged.map((line) => JSON.stringify(line)).filter((line) => line.includes(part(canary)));
/** How a vendor's client throws: the canary in words, in a header it kept, and once more in the cause. */
const thrown = (canary: string) =>
  Object.assign(
    new Error(`call failed: ${canary}`, {
      cause: Object.assign(new Error(`because of ${canary}`), { body: `{"said":"${canary}"}` }),
    }),
    {
      request: {
        headers: { authorization: canary, 'paypal-transmission-sig': canary },
        url: `https://x.example/?token=${canary}`,
      },
    },
  );

describe.each(Object.keys(canaries))('LOG-02: %s is in no log line', (name) => {
  it('when all goes well, or what was sent is not valid', async () => {
    const canary = canaries[name]!;
    const inHeader = encodeURI(canary);
    const before = api.logged.length;
    const headers = {
      authorization: inHeader,
      cookie: `__Host-sid=${inHeader}`,
      'x-panel-signature': `v1=${inHeader}`,
      'stripe-signature': `t=1,v1=${inHeader}`,
      'paypal-transmission-sig': inHeader,
      'user-agent': inHeader,
      'x-csrf-token': inHeader,
    };
    const query = `?token=${encodeURIComponent(canary)}&q=${encodeURIComponent(canary)}`;
    for (const path of [
      '/api/v2/plans',
      '/api/v2/me',
      '/api/v2/orders',
      `/api/v2/panel-password/${encodeURIComponent(canary)}`,
      `/temporal/codec/${encodeURIComponent(canary)}/decode`,
      `/nothing/${encodeURIComponent(canary)}`,
    ]) {
      await api.ask('GET', path + query, { headers });
    }
    await api.ask('POST', '/webhooks/stripe/main', { headers, body: JSON.stringify({ canary }) });
    await api.ask('POST', '/api/v2/sign-in', { body: { email: 'ada@example.com', password: canary } });
    await api.ask('POST', '/api/v2/sign-in', { body: { email: canary, password: canary, [canary]: 1 } });
    await api.ask('POST', '/api/v2/setup', {
      body: { token: canary, email: 'a@b.example', name: 'A', password: canary },
    });
    await api.ask('POST', '/api/v2/panel-password', { body: { token: canary, password: canary } });
    await api.ask('POST', '/api/v2/licenses/diagnose', { headers: admin.headers, body: { license_key: canary } });
    const node = {
      name: `n-${newId().slice(-12)}`,
      base_url: 'https://panel.example',
      capacity: 1,
      api_key: canary,
      api_secret: canary,
    };
    await api.ask('POST', '/api/v2/nodes', { headers: admin.headers, body: node });
    expect(api.logged.length - before).toBeGreaterThan(8);
    expect(leaked(canary)).toEqual([]);
  });

  it('when something else fails that was told it: the worker, a vendor, the database', async () => {
    const canary = canaries[name]!;
    // A password looks like any words; it is known by what stands before it.
    const told = name === 'a password' ? `password=${canary}` : canary;
    upstream = () => {
      throw thrown(told);
    };
    const failures = [
      await api.ask('POST', fill('/api/v2/nodes/:id/test', ids), { headers: admin.headers }),
      await api.ask('POST', fill('/api/v2/incidents/:id/decisions', ids), {
        headers: admin.headers,
        body: { action: 'retry' },
      }),
      await api.ask('POST', '/api/v2/panel-password', {
        body: { token: ids['panel-password'], password: 'x'.repeat(20) },
      }),
    ];
    expect(failures.map(({ status }) => status >= 500)).toEqual([true, true, true]);
    await db.sql('alter table user_account rename to user_gone');
    const broken = await api.ask('POST', '/api/v2/sign-in', { body: { email: 'ada@example.com', password: canary } });
    await db.sql('alter table user_gone rename to user_account');
    expect(broken.status).toBe(500);
    api.parts.log.error({ err: thrown(told) }, 'failed with %s', told);
    expect(api.logged.filter(({ level }) => level === 50).length).toBeGreaterThan(3);
    expect(leaked(canary)).toEqual([]);
    for (const { text } of [...failures, broken]) {
      expect(text).not.toContain(part(canary));
      // LOG-03: of what failed behind it a client learns a code and a request id.
      expect(text).not.toMatch(/call failed|because of|\.ts:|node_modules|select |relation|stack/);
    }
  });
});
