import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openKeys } from '#activities/gateways/paypal/simulator/signing/keys.ts';
import { openStore } from '#activities/simulation/store.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { unavailable } from '#api/http/problem.ts';
import { createTestApi, type TestApi } from '#api/testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const WEBHOOK_ID = '8PT597110X687430LKGECATA';
const PAYPAL = 'http://127.0.0.1:4100';
const PATH = '/webhooks/paypal/main';

const keysOf = () => openKeys(openStore().collection('keys'))();
const paypal = keysOf();
const stranger = keysOf();
const urlOf = (name: string) => `${PAYPAL}/v1/notifications/certs/${name}`;

let db: TestDatabase;
let api: TestApi;
/** What the worker is asked to do, and does. */
const fetches: { gateway: string; url: string }[] = [];
let worker: (wish: { gateway: string; url: string }) => Promise<void>;
const storeCertificate = async ({ gateway, url }: { gateway: string; url: string }) => {
  await db.sql(
    `insert into gateway_certificate (url, gateway, pem, fetched_at, valid_until) values ($1, $2, $3, $4, '2030-01-01')
     on conflict (url) do update set pem = excluded.pem`,
    [url, gateway, paypal.chainPem, now],
  );
};

beforeAll(async () => {
  db = await createTestDatabase('paypalhook');
  api = await start();
});
afterAll(() => db.drop());
afterEach(() => void (fetches.length = 0));

const start = () =>
  createTestApi(db, {
    env: {
      PAYPAL_WEBHOOK_ID: WEBHOOK_ID,
      PAYPAL_ENVIRONMENT: 'simulator',
      PAYPAL_TRUST: JSON.stringify({ hosts: [PAYPAL], roots: [paypal.caPem] }),
    },
    clock: () => now,
    temporal: {
      executeActivity: async <R>(name: string, [wish]: unknown[]): Promise<R> => {
        if (name === 'verifyWebhookByPostback') return postback(wish as Postback) as Promise<R>;
        expect(name).toBe('fetchGatewayCertificate');
        fetches.push(wish as { gateway: string; url: string });
        await worker(wish as { gateway: string; url: string });
        return { stored: true } as R;
      },
    },
  });

interface Postback {
  gateway: string;
  raw: string;
  headers: Record<string, string>;
}
/** What the worker hears when it asks PayPal about a delivery; nobody answers unless a test says otherwise. */
type AskPaypal = (asked: Postback) => Promise<{ genuine: boolean }>;
const silent: AskPaypal = () => Promise.reject(new Error('PayPal does not answer'));
let postback: AskPaypal = silent;
afterEach(() => {
  postback = silent;
});

const eventText = (facts: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: `WH-${randomUUID()}`,
    event_version: '1.0',
    create_time: '2026-03-02T09:59:00.000Z',
    event_type: 'PAYMENT.CAPTURE.COMPLETED',
    resource: { id: '3C679366HH908993F', amount: { currency_code: 'EUR', value: '29.00' } },
    ...facts,
  });

interface Signing {
  keys?: typeof paypal;
  url?: string;
  webhookId?: string;
  signedBody?: string;
}
const signed = (
  body: string,
  { keys = paypal, url = urlOf(paypal.name), webhookId = WEBHOOK_ID, signedBody = body }: Signing = {},
) => {
  const [id, time] = [randomUUID(), '2026-02-28T08:00:00Z'];
  return {
    'paypal-transmission-id': id,
    'paypal-transmission-time': time,
    'paypal-transmission-sig': keys.sign(`${id}|${time}|${webhookId}|${crc32(signedBody)}`),
    'paypal-cert-url': url,
    'paypal-auth-algo': 'SHA256withRSA',
  };
};
const deliver = (body: string, headers: Record<string, string> = signed(body)) =>
  api.ask('POST', PATH, { body, headers });
const stored = async (body: string) =>
  (await db.sql(`select 1 from webhook_inbox where event_id = $1`, [(JSON.parse(body) as { id: string }).id])).length;

describe('a delivery whose certificate is not here yet', () => {
  it('is asked to come again when no worker answers', async () => {
    worker = () => Promise.reject(unavailable('workflows_unavailable', 'away', 5));
    const body = eventText();
    const answer = await deliver(body);
    expect(answer).toMatchObject({ status: 503, json: { code: 'webhook_not_judged' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await stored(body)).toBe(0);
  });

  it.each([
    [true, 200, 1],
    [false, 400, 0],
  ])('is judged by PayPal itself when the certificate cannot be had: genuine %s', async (genuine, status, rows) => {
    worker = () => Promise.reject(unavailable('workflows_unavailable', 'away', 5));
    const asked: Postback[] = [];
    postback = async (wish) => {
      asked.push(wish);
      return { genuine };
    };
    const body = eventText();
    expect((await deliver(body)).status).toBe(status);
    expect(await stored(body)).toBe(rows);
    expect(asked.map(({ raw }) => Buffer.from(raw, 'base64').toString())).toEqual([body]);
    expect(Object.keys(asked[0]!.headers).every((name) => name.startsWith('paypal-'))).toBe(true);
  });

  it('waits while the worker fetches it, once for all that wait', async () => {
    worker = storeCertificate;
    const bodies = Array.from({ length: 8 }, () => eventText());
    const answers = await Promise.all(bodies.map((body) => deliver(body)));
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200));
    expect(fetches).toEqual([{ gateway: 'paypal', url: urlOf(paypal.name) }]);
  });

  it.each<[string, string, 200 | 400]>([
    ['NUL in its id', eventText({ id: 'WH-\0' }), 400],
    ['NUL in the id of its payment', eventText({ resource: { id: 'A\0B' } }), 400],
    ['100 000 levels', eventText().replace(/}$/, `,"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 400],
    ['half a character in a text', eventText().replace(/}$/, ',"summary":"\\ud800"}'), 200],
  ])('signed by PayPal, with %s: kept or refused, and no failure of ours', async (_, body, status) => {
    worker = storeCertificate;
    expect((await deliver(body)).status).toBe(status);
  });

  it('HOOK-02: only addresses of PayPal reach the worker', async () => {
    worker = storeCertificate;
    const urls = [
      'https://evil.example/v1/notifications/certs/CERT-1',
      `${PAYPAL}.evil.example/v1/notifications/certs/CERT-1`,
      `${PAYPAL}@evil.example/v1/notifications/certs/CERT-1`,
      `${PAYPAL}/v1/notifications/certs/../../secrets`,
      `${PAYPAL}/v1/notifications/certs/CERT-1?x=1`,
      'https://api.paypal.com/v1/notifications/certs/CERT-1',
      '',
    ];
    for (const url of urls) {
      const body = eventText();
      expect([url, (await deliver(body, signed(body, { url }))).status]).toEqual([url, 400]);
    }
    expect(fetches).toEqual([]);
  });

  it('HOOK-06: made-up addresses cause few fetches, however many come', async () => {
    const strict = await start();
    worker = () => Promise.reject(unavailable('workflows_unavailable', 'away', 5));
    strict.parts.limiter.take('certificate_fetch', 'paypal', { max: 10, windowSeconds: 60 }, now.getTime(), 9_998);
    for (let i = 0; i < 5; i += 1) {
      const body = eventText();
      const headers = signed(body, { url: urlOf(`CERT-${i}`) });
      expect((await strict.ask('POST', PATH, { body, headers })).status).toBe(503);
    }
    expect(fetches).toHaveLength(2);
  });
});

describe('a delivery whose certificate is known', () => {
  it('is taken in with Temporal away, days after it was signed', async () => {
    worker = () => Promise.reject(new Error('nobody should be asked'));
    const body = eventText();
    expect(await deliver(body)).toMatchObject({ status: 200, json: { received: true } });
    expect(await stored(body)).toBe(1);
    expect(fetches).toEqual([]);
  });

  it('is found in the database by a process that has just started', async () => {
    const fresh = await start();
    const body = eventText();
    expect((await fresh.ask('POST', PATH, { body, headers: signed(body) })).status).toBe(200);
    expect(fetches).toEqual([]);
  });

  it('HOOK-03: is one event however often, and with whatever transmission id, it comes', async () => {
    const body = eventText();
    const answers = await Promise.all(Array.from({ length: 6 }, () => deliver(body)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await stored(body)).toBe(1);
  });

  const body = eventText();
  const forgeries: [because: string, headers: Record<string, string>][] = [
    ['no headers', {}],
    ['a stranger’s key', signed(body, { keys: stranger })],
    ['signed for another webhook', signed(body, { webhookId: 'OTHER' })],
    ['another body', signed(body, { signedBody: `${body} ` })],
    ['another algorithm', { ...signed(body), 'paypal-auth-algo': 'SHA1withRSA' }],
    ['Stripe’s header', { 'stripe-signature': 't=1,v1=00' }],
  ];
  it.each(forgeries)('HOOK-01: %s is refused without a word', async (_because, headers) => {
    expect(await deliver(body, headers)).toMatchObject({ status: 400, json: { code: 'webhook_refused' } });
    expect(await stored(body)).toBe(0);
  });

  it('HOOK-02: a certificate that no root of ours vouches for is worth nothing', async () => {
    const url = urlOf('CERT-of-a-stranger');
    await db.sql(`insert into gateway_certificate values ($1, 'paypal', $2, $3, '2030-01-01')`, [
      url,
      stranger.chainPem,
      now,
    ]);
    const text = eventText();
    expect(await deliver(text, signed(text, { keys: stranger, url }))).toMatchObject({ status: 400 });
  });
});

describe('set-up', () => {
  it('HOOK-01: without the id of our webhook there is no endpoint', async () => {
    const off = await createTestApi(db, { clock: () => now });
    const body = eventText();
    expect((await off.ask('POST', PATH, { body, headers: signed(body, { webhookId: '' }) })).status).toBe(404);
  });

  it('production trusts no simulator', async () => {
    const env = {
      NODE_ENV: 'production',
      PAYPAL_WEBHOOK_ID: WEBHOOK_ID,
      PAYPAL_ENVIRONMENT: 'simulator',
      PAYPAL_TRUST: JSON.stringify({ hosts: [PAYPAL], roots: [paypal.caPem] }),
    };
    await expect(createTestApi(db, { env })).rejects.toThrow('production does not trust');
  });

  it('a simulator without a trust is named at the start', async () => {
    const env = { PAYPAL_WEBHOOK_ID: WEBHOOK_ID, PAYPAL_ENVIRONMENT: 'simulator', PAYPAL_TRUST: '{"hosts":[]}' };
    await expect(createTestApi(db, { env })).rejects.toThrow('PAYPAL_TRUST: is not {');
  });
});
