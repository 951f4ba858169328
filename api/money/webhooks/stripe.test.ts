import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createTestApi, type TestApi } from '#api/testing/harness.ts';

const SECRET = 'whsec_current_0123456789';
const OLD = 'whsec_previous_987654321';
const now = new Date('2026-03-02T10:00:00Z');
const seconds = now.getTime() / 1000;
const PATH = '/webhooks/stripe/main';

let db: TestDatabase;
let api: TestApi;
let clock = now;
beforeAll(async () => {
  db = await createTestDatabase('stripehook');
  api = await createTestApi(db, {
    env: { STRIPE_WEBHOOK_SECRET: SECRET, STRIPE_WEBHOOK_SECRET_PREVIOUS: OLD },
    clock: () => clock,
  });
});
afterAll(() => db.drop());

let serial = 0;
const eventText = (facts: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: `evt_${(serial += 1)}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: seconds - 5,
    livemode: false,
    type: 'checkout.session.completed',
    data: { object: { id: 'cs_test_1', object: 'checkout.session', metadata: {} } },
    ...facts,
  });
const hmac = (body: string, t: number, secret = SECRET) =>
  createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
const signed = (body: string, { t = seconds, secret = SECRET } = {}) => ({
  'stripe-signature': `t=${t},v1=${hmac(body, t, secret)}`,
});
const deliver = (body: string, headers: Record<string, string> = signed(body), path = PATH, from = '198.51.100.1') =>
  api.ask('POST', path, { body, headers, from });
const stored = async () => (await db.sql<{ n: number }>(`select count(*)::int as n from webhook_inbox`))[0]!.n;

describe('what Stripe reports', () => {
  it('is recorded with its command and answered at once, with Temporal away', async () => {
    const body = eventText();
    const before = api.kicks.count;
    expect(await deliver(body)).toMatchObject({ status: 200, json: { received: true } });
    const { id } = JSON.parse(body) as { id: string };
    const [row] = await db.sql(
      `select gateway, account, source, livemode, object_id, payload from webhook_inbox where event_id = $1`,
      [id],
    );
    expect(row).toEqual({
      gateway: 'stripe',
      account: 'main',
      source: 'webhook',
      livemode: false,
      object_id: 'cs_test_1',
      payload: JSON.parse(body) as unknown,
    });
    expect(api.kicks.count).toBe(before + 1);
  });

  it('is taken in at the address of the older systems too, once', async () => {
    const body = eventText();
    const before = await stored();
    expect((await deliver(body, signed(body), '/api/stripe/webhook')).status).toBe(200);
    expect((await deliver(body)).status).toBe(200);
    expect(await stored()).toBe(before + 1);
    expect((await deliver(body, { 'stripe-signature': 't=1,v1=00' }, '/api/stripe/webhook')).status).toBe(400);
  });

  it('HOOK-03: in parallel, one event is recorded once and every delivery is answered 200', async () => {
    const body = eventText();
    const answers = await Promise.all(Array.from({ length: 12 }, () => deliver(body)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    const { id } = JSON.parse(body) as { id: string };
    const [inbox] = await db.sql<{ id: string }>(`select id from webhook_inbox where event_id = $1`, [id]);
    expect(await db.sql(`select 1 from command_outbox where args::text like $1`, [`%${inbox!.id}%`])).toHaveLength(1);
  });

  it('HOOK-01: the secret before the current one is good for the 24 hours of a roll', async () => {
    const body = eventText();
    expect(await deliver(body, signed(body, { secret: OLD }))).toMatchObject({ status: 200 });
    clock = new Date(now.getTime() + 24 * 3_600_000);
    const late = { t: clock.getTime() / 1000, secret: OLD };
    const later = eventText();
    expect(await deliver(later, signed(later, late))).toMatchObject({ status: 400 });
    clock = now;
  });

  it('HOOK-04: a live event at a test account is recorded and ignored', async () => {
    const body = eventText({ livemode: true });
    expect(await deliver(body)).toMatchObject({ status: 200 });
    const { id } = JSON.parse(body) as { id: string };
    expect(await db.sql(`select outcome from webhook_inbox where event_id = $1`, [id])).toEqual([
      { outcome: 'ignored' },
    ]);
  });
});

describe('HOOK-01: what Stripe did not sign', () => {
  const body = eventText();
  const forgeries: [because: string, text: string, headers: Record<string, string>][] = [
    ['no signature', body, {}],
    ['an empty one', body, { 'stripe-signature': '' }],
    ['another secret', body, signed(body, { secret: 'whsec_guess_0123456789' })],
    ['an empty secret', body, signed(body, { secret: '' })],
    ['another body', `${body} `, signed(body)],
    ['one letter changed', body.replace('cs_test_1', 'cs_test_2'), signed(body)],
    ['301 seconds old', body, signed(body, { t: seconds - 301 })],
    ['301 seconds ahead', body, signed(body, { t: seconds + 301 })],
    ['two timestamps', body, { 'stripe-signature': `t=1,${signed(body)['stripe-signature']}` }],
    ['only the retired scheme', body, { 'stripe-signature': `t=${seconds},v0=${hmac(body, seconds)}` }],
    ['no body', '', signed('')],
    ['signed, but no JSON', '{', signed('{')],
    ['signed, but no event', '{"id":"x"}', signed('{"id":"x"}')],
    ['PayPal’s headers', body, { 'paypal-transmission-id': 'x', 'paypal-transmission-sig': 'x' }],
  ];
  it.each(forgeries)('%s: 400 that tells nothing, and nothing is stored', async (_because, text, headers) => {
    const before = await stored();
    const answer = await deliver(text, headers);
    expect(answer).toMatchObject({ status: 400, json: { code: 'webhook_refused', detail: 'This is not accepted.' } });
    expect(await stored()).toBe(before);
  });

  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  it.each<[string, string, 200 | 400]>([
    ['NUL in its id', eventText({ id: 'evt_\0nul' }), 400],
    ['a line break in its type', eventText({ type: 'a\nb' }), 400],
    ['an id without end', eventText({ id: `evt_${'x'.repeat(5_000)}` }), 400],
    ['NUL in an object’s id', eventText({ data: { object: { id: 'cs_\0', object: 'checkout.session' } } }), 400],
    ['a time beyond all times', eventText({ created: 9_000_000_000_000 }), 400],
    ['100 000 levels', eventText().replace(/}$/, `,"deep":${nested(100_000)}}`), 400],
    ['half a character in a text', eventText().replace(/}$/, ',"note":"\\ud800"}'), 200],
    ['NUL in a text and in a name', eventText().replace(/}$/, ',"no\\u0000te":"a\\u0000b"}'), 200],
  ])('signed by Stripe, with %s: kept or refused, and no failure of ours', async (_, text, status) => {
    const before = await stored();
    expect((await deliver(text)).status).toBe(status);
    expect(await stored()).toBe(before + (status === 200 ? 1 : 0));
  });

  it('a body may have 1 MiB and not a byte more', async () => {
    const padded = (length: number) => {
      const text = eventText({ padding: '' });
      return eventText({ padding: 'x'.repeat(length - text.length) }).padEnd(length, ' ');
    };
    const most = padded(1024 * 1024);
    expect(await deliver(most)).toMatchObject({ status: 200 });
    const tooMuch = padded(1024 * 1024 + 1);
    expect(await deliver(tooMuch)).toMatchObject({ status: 413 });
  });

  it('without a secret there is no endpoint that could accept anything', async () => {
    const off = await createTestApi(db, { clock: () => now });
    const text = eventText();
    for (const secret of ['', SECRET]) {
      expect(await off.ask('POST', PATH, { body: text, headers: signed(text, { secret }) })).toMatchObject({
        status: 404,
      });
    }
    expect((await off.ask('GET', '/api/v2/gateways')).json).toEqual({ gateways: [] });
  });

  it('another account of ours is another endpoint', async () => {
    const text = eventText();
    expect(await deliver(text, signed(text), '/webhooks/stripe/second')).toMatchObject({ status: 404 });
  });
});

it('HOOK-06: a flood of forgeries is counted and slowed, and a genuine event still gets in', async () => {
  const strict = await createTestApi(db, { env: { STRIPE_WEBHOOK_SECRET: SECRET }, clock: () => now, limitFactor: 1 });
  const ask = (body: string, headers: Record<string, string>) =>
    strict.ask('POST', PATH, { body, headers, from: '198.51.100.9' });
  const before = await stored();
  const counted = async () =>
    (await register.getSingleMetricAsString('hostwright_webhook_deliveries_total')).match(
      /stripe",result="forged"} (\d+)/,
    )?.[1];
  const start = Number((await counted()) ?? 0);
  const answers = await Promise.all(Array.from({ length: 70 }, () => ask('{}', { 'stripe-signature': 't=1,v1=00' })));
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(60);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(10);
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(await counted()) - start).toBe(70);
  expect(await stored()).toBe(before);
  const text = eventText();
  expect(await ask(text, signed(text))).toMatchObject({ status: 200 });
});
