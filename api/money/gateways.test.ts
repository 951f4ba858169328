import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { insert } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const SECRET = 'whsec_canary_0123456789';
const OK = [{ name: 'Secret key', ok: true, message: 'Accepted.' }];
const REFUSED = [{ name: 'Right to read events', ok: false, message: '403: not allowed.' }];

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let support: TestSession;
/** What the worker says to a check. */
let worker: () => Promise<unknown>;
const asked: unknown[][] = [];

beforeAll(async () => {
  db = await createTestDatabase('gateways');
  api = await createTestApi(db, {
    clock: () => now,
    env: { STRIPE_WEBHOOK_SECRET: SECRET },
    temporal: {
      executeActivity: async <R>(name: string, args: unknown[]): Promise<R> => {
        asked.push([name, ...args]);
        return (await worker()) as R;
      },
    },
  });
  admin = await api.asStaff();
  support = await api.asStaff('support');
});
beforeEach(() => db.sql('delete from gateway_health'));
afterAll(() => db.drop());

const call = (method: string, path: string, who?: TestSession) =>
  api.ask(method, `/api/v2/gateways/${path}`, who ? { headers: who.headers } : {});
const checked = (over: object = {}) =>
  insert({ query: db.sql }, 'gateway_health', {
    gateway: 'stripe',
    account: 'main',
    health: 'healthy',
    mode: 'test',
    webhook_url: 'https://portal.test/webhooks/stripe/main',
    steps: JSON.stringify(OK),
    checked_at: now,
    ...over,
  });

describe('what staff see of gateways', () => {
  it('is what the last check found, and that one was never checked', async () => {
    await checked({ health: 'failing', steps: JSON.stringify(REFUSED) });
    await insert({ query: db.sql }, 'incident', {
      id: newId(),
      workflow_id: 'watchGateway/stripe-2026-03-02T10:00:00Z',
      workflow_type: 'watchGateway',
      step: 'gateway',
      reason: 'VendorUnauthorized',
      gateway: 'stripe',
      message: '403',
      choices: '[]',
      status: 'open',
      opened_at: now,
    });
    const nothing = { account: null, health: null, mode: null, webhook_url: null, steps: [], checked_at: null };
    expect(await call('GET', 'health', support)).toMatchObject({
      status: 200,
      json: {
        gateways: [
          {
            name: 'stripe',
            label: 'Stripe',
            offered: true,
            account: 'main',
            health: 'failing',
            mode: 'test',
            webhook_url: 'https://portal.test/webhooks/stripe/main',
            steps: REFUSED,
            checked_at: now.toISOString(),
            open_incidents: 1,
          },
          { name: 'paypal', label: 'PayPal', offered: false, ...nothing, open_incidents: 0 },
        ],
      },
    });
    const { json } = await api.ask('GET', '/api/v2/incidents', { headers: support.headers });
    expect(json.incidents[0].title).toBe('The check of a gateway did not pass: Stripe refuses our key');
  });

  it('is for staff, and testing for those who set things up', async () => {
    worker = () => Promise.resolve({ ok: true, steps: OK });
    expect(await call('GET', 'health')).toMatchObject({ status: 401 });
    expect(await call('POST', 'stripe/test', support)).toMatchObject({ status: 403 });
    expect(await call('POST', 'nowhere/test', admin)).toMatchObject({ status: 422 });
  });
});

describe('testing a gateway', () => {
  it('has a worker check it and says step by step what it found', async () => {
    worker = async () => {
      await checked();
      return { ok: true, mode: 'test', steps: OK, secret: SECRET };
    };
    const { status, json, text } = await call('POST', 'stripe/test', admin);
    expect(asked.at(-1)).toEqual(['checkGateway', { gateway: 'stripe', asOf: now.getTime() }]);
    expect([status, json]).toMatchObject([
      200,
      { gateway: { name: 'stripe', health: 'healthy', mode: 'test' }, check: { ok: true, steps: OK } },
    ]);
    expect(text).not.toContain(SECRET);
  });

  it('names the right that is missing', async () => {
    worker = () => Promise.resolve({ ok: false, steps: [...OK, ...REFUSED] });
    const { json } = await call('POST', 'stripe/test', admin);
    expect(json.check).toEqual({ ok: false, steps: [...OK, ...REFUSED] });
    expect(json.note).toContain('"Right to read events"');
  });

  it('says when a check could not be finished, and when nobody was there to do it', async () => {
    worker = () => Promise.reject(new Problem(502, 'check_gateway_failed', 'the worker stumbled'));
    expect(await call('POST', 'stripe/test', admin)).toMatchObject({
      status: 200,
      json: { check: { ok: false, steps: [{ message: 'the worker stumbled' }] } },
    });
    worker = () => Promise.reject(unavailable('workflows_unavailable', 'away', 5));
    expect(await call('POST', 'stripe/test', admin)).toMatchObject({ status: 202, json: { check: null } });
  });
});

describe('what /metrics says of gateways', () => {
  const figures = async () => {
    const { text } = await api.ask('GET', '/metrics', { headers: admin.headers });
    return text.split('\n').filter((line) => line.startsWith('hostwright_gateway_'));
  };

  it('is health, mode and when, of those that were checked, and nothing of their credentials', async () => {
    expect(await figures()).toEqual([]);
    await checked();
    await checked({ gateway: 'paypal', health: 'failing', mode: null, steps: JSON.stringify(REFUSED) });
    expect(await figures()).toEqual([
      'hostwright_gateway_healthy{gateway="stripe",mode="test"} 1',
      'hostwright_gateway_healthy{gateway="paypal",mode="unknown"} 0',
      `hostwright_gateway_checked_timestamp_seconds{gateway="stripe"} ${now.getTime() / 1_000}`,
      `hostwright_gateway_checked_timestamp_seconds{gateway="paypal"} ${now.getTime() / 1_000}`,
    ]);
    await db.sql(`update gateway_health set mode = 'live', health = 'healthy' where gateway = 'paypal'`);
    await db.sql(`update gateway_health set health = null where gateway = 'stripe'`);
    expect((await figures()).filter((line) => line.includes('healthy'))).toEqual([
      'hostwright_gateway_healthy{gateway="paypal",mode="live"} 1',
    ]);
  });
});
