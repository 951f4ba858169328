import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fakeExecutions } from '#activities/testing/fake-executions.ts';
import { createCallCounter, type CallCounter } from '#activities/nodes/count-calls.ts';
import { createActivities, type Activities } from '#activities/index.ts';
import { createSmtpMailer } from '#activities/mailers/smtp/adapter.ts';
import type { PaymentState } from '#activities/money/payments/book-payment.ts';
import type { Placed } from '#activities/services/placement/place-service.ts';
import { placeOrder } from '#db/orders/place-order.ts';
import { Payment, type Customer } from '#db/entities/index.ts';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { inTransaction, openOrm, type Orm } from '#db/orm.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createCallRecorder } from '#worker/vendor-calls.ts';
import { createLog } from '#worker/log.ts';
import { createGateways, createPanels, openGateways } from '#worker/vendors.ts';
import { GATEWAYS, PANELS } from '#domain/vendors.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { addCustomer, addNode, PANEL_KEY } from '#db/testing/seed.ts';
import { startVendors, type Vendors } from '../harness/vendors.ts';

const at = Date.parse('2026-11-21T10:00:00Z');
const key = Buffer.alloc(32, 1).toString('base64');

let db: TestDatabase;
let owner: Orm;
let vendors: Vendors;
let act: Activities;
let counter: CallCounter;
let nodeId: string;
const written: string[] = [];
const registry = new Registry();
const record = createCallRecorder(createLog('info', { write: (line) => void written.push(line) }), registry);
const sealer = createSealer([{ id: 'k', key: Buffer.alloc(32, 1) }]);

beforeAll(async () => {
  db = await createTestDatabase('steps');
  vendors = await startVendors();
  const config = readConfiguration('worker', {
    ...vendors.environment,
    DATABASE_WORKER_URL: db.url('worker'),
    TEMPORAL_PAYLOAD_KEYS: `k:${key}`,
    SEAL_KEYS: `k:${key}`,
    LICENSE_PEPPER: key,
    PUBLIC_URL: 'http://localhost:3000',
  });
  owner = await openOrm(db.ownerUrl, 2);
  await seedCatalog(owner, new Date(at));
  nodeId = await inTransaction(owner, (em) => addNode(em, sealer, { baseUrl: vendors.panel.url, at: new Date(at) }));
  const orm = await db.orm('worker');
  counter = createCallCounter(orm, () => new Date());
  act = createActivities({
    orm,
    sealer,
    gateways: createGateways(openGateways(config, { log: pino({ level: 'silent' }), clock: () => new Date(), record })),
    panels: createPanels(config, sealer, { record, counter }),
    executions: fakeExecutions(),
    livemode: () => false,
    certificates: { isGenuine: () => null, fetch: async () => Promise.reject(new Error('not here')) },
    mailer: createSmtpMailer({
      host: config.SMTP_HOST,
      port: config.SMTP_PORT,
      secure: false,
      from: config.MAIL_FROM,
      record,
    }),
    settings: {
      env: 'sandbox',
      publicUrl: 'http://localhost:3000',
      billingZone: 'UTC',
      sellerName: 'Hostwright',
      mailDomain: 'hostwright.example',
      licensePepper: licensePepper(key),
      licenseKeyForm: 'extended',
      linkKey: Buffer.alloc(32, 3),
    },
  });
});
afterAll(async () => {
  await owner?.close(true);
  await db?.drop();
  await vendors?.close();
});

/** An order as the API places it. */
async function place(gateway: 'stripe' | 'paypal' | 'recorded'): Promise<{ orderId: string; customer: Customer }> {
  return await inTransaction(owner, async (em) => {
    const customer = addCustomer(em, new Date(at));
    await em.flush();
    const wish = { customerId: customer.id, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway } as const;
    const shop = {
      seller: { name: 'Hostwright', email: 'billing@hostwright.example', country: 'DE' },
      billingZone: 'UTC',
    };
    const placed = await placeOrder(em, wish, { actor: { type: 'customer' } }, shop, new Date(at));
    if (placed.outcome !== 'placed') throw new Error(placed.outcome);
    return { orderId: placed.order.id, customer };
  });
}

const payOnPage: Record<string, (checkoutUrl: string) => Promise<unknown>> = {
  stripe: (url) =>
    fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ action: 'pay' }),
      headers: { accept: 'application/json' },
    }),
  paypal: (url) =>
    fetch(new URL('/checkoutnow/pay', url), {
      method: 'POST',
      body: new URLSearchParams({ token: new URL(url).searchParams.get('token')! }),
      redirect: 'manual',
    }),
};

const ledger = () =>
  db.sql<{ account: string; total: string }>(
    `select account, sum(amount_minor) as total from ledger_entry group by account order by account`,
  );

describe.each(['stripe', 'paypal'] as const)('an order paid through %s', (gateway) => {
  it('becomes one account, and every step run twice changes nothing', async () => {
    const { orderId, customer } = await place(gateway);
    const twice = async <T>(run: () => Promise<T>): Promise<T> => {
      const first = await run();
      expect(await run()).toEqual(first);
      return first;
    };
    await twice(() => act.openCheckout({ orderId, number: 1, asOf: at }));
    const [{ checkout_url: url }] = (await db.sql<{ checkout_url: string }>(
      `select checkout_url from "order" where id = $1`,
      [orderId],
    )) as [{ checkout_url: string }];
    expect(await act.bookPayment({ orderId, inboxIds: [], accept: false, asOf: at })).toEqual({ state: 'open' });
    await payOnPage[gateway]!(url);
    await twice(() => act.bookPayment({ orderId, inboxIds: [], accept: false, asOf: at }) as Promise<PaymentState>);
    const placed = (await twice(() => act.placeService({ orderId, asOf: at }))) as Placed;
    expect(placed.nodeId).toBe(nodeId);
    const { serviceId } = placed;
    expect(await twice(() => act.ensureAccount({ serviceId, asOf: at }))).toBe('ready');
    await twice(() => act.sendWelcome({ orderId, serviceId, asOf: at }));
    expect(await twice(() => act.activateService({ orderId, serviceId, inboxIds: [], asOf: at }))).toEqual({
      explained: [],
    });
    const [keep] = await db.sql<{ args: unknown }>(
      `select args from command_outbox where name = 'keepSubscription' and args->0->>'serviceId' = $1`,
      [serviceId],
    );
    expect(keep!.args).toMatchObject([{ nextAction: 'renew', nextActionAtMs: Date.parse('2026-12-14T00:00:00.000Z') }]);

    const [order] = await db.sql(`select status, paid_at from "order" where id = $1`, [orderId]);
    expect(order).toMatchObject({ status: 'active' });
    const [invoice] = await db.sql(`select status, paid_minor, due_minor from invoice where order_id = $1`, [orderId]);
    expect(invoice).toEqual({ status: 'paid', paid_minor: '2900', due_minor: '0' });
    expect(
      await db.sql(`select amount_minor, allocated_minor from payment where customer_id = $1`, [customer.id]),
    ).toEqual([{ amount_minor: '2900', allocated_minor: '2900' }]);
    expect(await vendors.panel.get('/accounts-by-service')).toMatchObject({ [serviceId]: { made: 1, alive: 1 } });
    const mails = await vendors.mails(customer.email);
    expect(mails).toHaveLength(1);
    const body = JSON.stringify(mails);
    expect(body).toContain('/panel-password/');
    const licenses = await db.sql(`select key_hint, status from license where customer_id = $1`, [customer.id]);
    expect(licenses).toHaveLength(1);
    const story = await db.sql<{ kind: string }>(`select kind from order_event where order_id = $1 order by at, id`, [
      orderId,
    ]);
    expect(story.map(({ kind }) => kind)).toEqual([
      'placed',
      'checkout',
      'paid',
      'node_chosen',
      'account',
      'mail',
      'active',
    ]);
  });

  it('is taken back whole when staff abort: account gone, slot free, money returned, books at zero', async () => {
    const before = await ledger();
    const [{ slots_taken: taken }] = (await db.sql<{ slots_taken: number }>(`select slots_taken from node`)) as [
      { slots_taken: number },
    ];
    const { orderId, customer } = await place(gateway);
    await act.openCheckout({ orderId, number: 1, asOf: at });
    const [{ checkout_url: url }] = (await db.sql<{ checkout_url: string }>(
      `select checkout_url from "order" where id = $1`,
      [orderId],
    )) as [{ checkout_url: string }];
    await payOnPage[gateway]!(url);
    await act.bookPayment({ orderId, inboxIds: [], accept: false, asOf: at });
    const { serviceId } = (await act.placeService({ orderId, asOf: at })) as Placed;
    await act.ensureAccount({ serviceId, asOf: at });
    for (let i = 0; i < 2; i += 1) await act.deleteAccount({ serviceId, asOf: at });
    const undone = await act.undoBooks({ orderId, because: 'customer asked', asOf: at });
    expect(await act.undoBooks({ orderId, because: 'customer asked', asOf: at })).toEqual(undone);
    const { refunds } = undone as { refunds: string[] };
    expect(refunds).toHaveLength(1);
    for (let i = 0; i < 2; i += 1) expect(await act.sendRefund({ refundId: refunds[0]!, asOf: at })).toBeUndefined();

    expect(await vendors.panel.get('/accounts-by-service')).toMatchObject({ [serviceId]: { made: 1, alive: 0 } });
    expect((await db.sql(`select slots_taken from node`))[0]).toEqual({ slots_taken: taken });
    expect(await db.sql(`select status from "order" where id = $1`, [orderId])).toEqual([{ status: 'refunded' }]);
    expect(await db.sql(`select status from license where customer_id = $1`, [customer.id])).toEqual([
      { status: 'cancelled' },
    ]);
    expect(await db.sql(`select total_minor from credit_note where customer_id = $1`, [customer.id])).toEqual([
      { total_minor: '2900' },
    ]);
    expect(await ledger()).toEqual(expect.arrayContaining(before));
    const [mine] = await db.sql<{ total: string }>(
      `select coalesce(sum(amount_minor), 0) as total from ledger_entry where customer_id = $1`,
      [customer.id],
    );
    expect(mine).toEqual({ total: '0' });
  });
});

it('an order that staff recorded as paid needs no gateway', async () => {
  const { orderId } = await place('recorded');
  expect(await act.openCheckout({ orderId, number: 1, asOf: at })).toEqual({ needsNoCheckout: true, number: 1 });
  expect(await act.bookPayment({ orderId, inboxIds: [], accept: false, asOf: at })).toEqual({ state: 'paid' });
  expect(await owner.em.fork().count(Payment, { gateway: 'recorded' })).toBe(1);
});

it('an unpaid order ends with its invoice void and its page closed', async () => {
  const { orderId } = await place('stripe');
  await act.openCheckout({ orderId, number: 1, asOf: at });
  for (let i = 0; i < 2; i += 1)
    expect(await act.cancelUnpaid({ orderId, because: 'unpaid for 7 days', asOf: at })).toBe('canceled');
  expect(await db.sql(`select status from invoice where order_id = $1`, [orderId])).toEqual([{ status: 'void' }]);
  expect(await db.sql(`select status from payment_attempt where order_id = $1`, [orderId])).toEqual([
    { status: 'canceled' },
  ]);
});

describe('what was asked of vendors in all this', () => {
  interface Line {
    vendor: string;
    kind: string;
    name: string;
    operation: string;
    status?: number;
    ms: number;
  }
  const lines = () => written.map((line) => JSON.parse(line) as Line);
  /** What a vendor has seen on its API; customers press on its pages. */
  const seen = async (controls: { get: Vendors['panel']['get'] }, api: RegExp) =>
    (await controls.get<{ path: string }[]>('/calls')).filter(({ path }) => api.test(path)).length;

  it('is in the log, a line for each call that each vendor has seen', async () => {
    const told = Object.groupBy(lines(), ({ vendor }) => vendor);
    expect(Object.keys(told).sort()).toEqual([...GATEWAYS, ...PANELS, 'smtp'].sort());
    expect(told['stripe']).toHaveLength(await seen(vendors.stripe, /^\/v1\//));
    expect(told['paypal']).toHaveLength(await seen(vendors.paypal, /^\/v[12]\//));
    expect(told['nextpanel']).toHaveLength(await seen(vendors.panel, /^\/api\//));
    expect(told['smtp']).toHaveLength((await vendors.mailbox.get<{ mails: unknown[] }>('/mails')).mails.length);
  });

  it('says for each what for, whom, and how it ended', () => {
    for (const line of lines()) {
      expect(line).toMatchObject({ name: expect.any(String), status: expect.any(Number), ms: expect.any(Number) });
      expect(line.operation).not.toMatch(/something$/);
    }
    expect(lines()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'node',
          name: 'ams-1',
          operation: expect.stringMatching(/^make account \w+$/),
        }),
        expect.objectContaining({ kind: 'gateway', name: 'paypal', operation: 'sign in', status: 200 }),
        expect.objectContaining({
          kind: 'mail server',
          operation: expect.stringMatching(/^take over mail /),
          status: 250,
        }),
      ]),
    );
  });

  it('tells no secret: no key, address of a customer, password link, header or body', () => {
    const text = written.join('');
    const { STRIPE_SECRET_KEY: stripe, PAYPAL_CLIENT_SECRET: paypal } = vendors.environment;
    for (const secret of [PANEL_KEY.apiKey, PANEL_KEY.apiSecret, stripe, paypal, '@harbor-bakery', 'panel-password'])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/https?:|"(headers|body|path|query)"/);
  });

  it('is counted by class of status', async () => {
    expect(await registry.metrics()).toMatch(
      /hostwright_vendor_call_seconds_count\{kind="node",vendor="nextpanel",name="ams-1",status="2xx"\} [1-9]/,
    );
  });

  it('is counted for each node, and nothing more is asked of one whose key has had its calls', async () => {
    const asked = await seen(vendors.panel, /^\/api\//);
    await counter.flush();
    expect(await db.sql(`select sum(calls)::int as calls, sum(checks)::int as checks from node_calls`)).toEqual([
      { calls: asked, checks: 0 },
    ]);
    await act.checkNode({ nodeId });
    const withCheck = await seen(vendors.panel, /^\/api\//);
    await db.sql(`update node set calls_per_hour = $1`, [withCheck]);
    await counter.flush();
    const [service] = await db.sql<{ id: string }>(`select id from service where status = 'active' limit 1`);
    const wanted = { serviceId: service!.id, asOf: at };
    await expect(act.ensureAccount(wanted)).rejects.toMatchObject({
      name: 'VendorUnavailable',
      message: expect.stringContaining(`ams-1 has had the ${withCheck} calls an hour`),
      retryAfterMs: 600_000,
    });
    expect(await seen(vendors.panel, /^\/api\//)).toBe(withCheck);
    await db.sql(`update node set calls_per_hour = $1`, [withCheck + 100]);
    await counter.flush();
    expect(await act.ensureAccount(wanted)).toBe('ready');
    await counter.flush();
    const [counted] = await db.sql<{ checks: number }>(`select sum(checks)::int as checks from node_calls`);
    expect(counted!.checks).toBe(withCheck - asked);
  });
});
