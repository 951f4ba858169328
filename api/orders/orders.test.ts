import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

let now = new Date('2026-03-02T10:00:00Z');
const WISH = { plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };

let db: TestDatabase;
let api: TestApi;
let ada: TestSession;
let bob: TestSession;
let staff: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('orders');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, {
    env: { STRIPE_WEBHOOK_SECRET: 'whsec_x', TEMPORAL_UI_URL: 'http://localhost:8233/', TEMPORAL_NAMESPACE: 'shop' },
    clock: () => now,
  });
  ada = await api.asCustomer('ada@example.com');
  bob = await api.asCustomer('bob@example.com');
  staff = await api.asStaff('support');
});
afterAll(() => db.drop());

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const place = (who: TestSession, wish: object = WISH, key: string = newId()) =>
  api.ask('POST', '/api/v2/orders', { body: wish, headers: { ...who.headers, 'idempotency-key': key } });
const get = (who: TestSession, path: string) => api.ask('GET', `/api/v2${path}`, { headers: who.headers });
const countOrders = async (who: TestSession) =>
  (await db.sql<{ n: number }>(`select count(*)::int as n from "order" where customer_id = $1`, [who.customerId]))[0]!
    .n;

describe('placing an order', () => {
  it('answers 201 with the order and its story, and has the relay start its workflow', async () => {
    const kicks = api.kicks.count;
    const { status, json } = await place(ada);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      status: 'awaiting_payment',
      plan: { code: 'starter', name: 'Starter' },
      total: { amount: '2900', currency: 'EUR' },
      checkout_url: null,
      service: null,
      license: null,
      placed_at: now.toISOString(),
      story: { final: false, next: { waiting_for: 'us', taking_longer: false }, happened: [{ kind: 'placed' }] },
    });
    expect(json.invoice_number).toMatch(/^INV-2026-/);
    expect(json.staff).toBeUndefined();
    expect(api.kicks.count).toBe(kicks + 1);
    expect(await db.sql(`select 1 from command_outbox where workflow_id = $1`, [`order/${json.id}`])).toHaveLength(1);
  });

  it('BIZ-06: needs a key, and a repeat with it is the same order', async () => {
    expect(await api.ask('POST', '/api/v2/orders', { body: WISH, headers: ada.headers })).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: 'idempotency-key' }] },
    });
    const key = newId();
    const before = await countOrders(ada);
    const answers = await Promise.all([place(ada, WISH, key), place(ada, WISH, key), place(ada, WISH, key)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(await countOrders(ada)).toBe(before + 1);
    expect(await place(ada, { ...WISH, plan: 'enterprise' }, key)).toMatchObject({
      status: 422,
      json: { code: 'idempotency_mismatch' },
    });
  });

  it.each([
    'total',
    'price',
    'amount_minor',
    'status',
    'customer_id',
    'id',
    'wishes',
    'quantity',
    'paid_at',
    'discount',
  ])('AUTHZ-06: `%s` is not for the client to say', async (field) => {
    const before = await countOrders(bob);
    expect(await place(bob, { ...WISH, [field]: 1 })).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: `/${field}` }] },
    });
    expect(await countOrders(bob)).toBe(before);
  });

  const refused: [because: string, wish: object, status: number, code: string][] = [
    ['no such plan', { ...WISH, plan: 'no-such-plan' }, 422, 'plan_not_offered'],
    ['no such currency', { ...WISH, currency: 'GBP' }, 422, 'plan_not_offered'],
    ['the gateway is off', { ...WISH, gateway: 'paypal' }, 422, 'gateway_off'],
    ['recording money is for staff', { ...WISH, gateway: 'recorded' }, 422, 'invalid_request'],
    ['BIZ-03: the currency is fixed', { ...WISH, currency: 'USD' }, 409, 'currency_fixed'],
  ];
  it.each(refused)('is refused: %s', async (_because, wish, status, code) => {
    const before = await countOrders(ada);
    expect(await place(ada, wish)).toMatchObject({ status, json: { code } });
    expect(await countOrders(ada)).toBe(before);
  });

  it('is refused for a price that was set before its gateway was switched on and is too little for it', async () => {
    const price = `update plan_price set amount_minor = $1 where cycle = 'monthly' and currency = 'EUR' and active
      and plan_id = (select id from plan where code = 'enterprise')`;
    const [before] = await db.sql<{ amount: string }>(
      `select r.amount_minor as amount from plan_price r join plan p on p.id = r.plan_id
       where p.code = 'enterprise' and r.cycle = 'monthly' and r.currency = 'EUR' and r.active`,
    );
    await db.sql(price, [5]);
    expect(await place(ada, { ...WISH, plan: 'enterprise', cycle: 'monthly' })).toMatchObject({
      status: 422,
      json: { code: 'amount_too_small', detail: expect.stringContaining('Stripe takes EUR 0.50 at least') },
    });
    await db.sql(price, [before!.amount]);
  });

  it('is refused before paying where the plan is sold out, and taken when there is room again', async () => {
    const wish = { ...WISH, plan: 'professional' };
    const key = newId();
    const { json: earlier } = await place(ada, wish, key);
    await db.sql(`update plan set when_full = 'refuse' where code = 'professional'`);
    const before = await countOrders(ada);
    const { status, json } = await place(ada, wish);
    expect([status, json.code, json.detail]).toEqual([
      409,
      'sold_out',
      'Professional is sold out: no server can take it now. Choose another plan, or come back later.',
    ]);
    expect(json.errors).toEqual([{ pointer: '/plan', detail: 'is sold out' }]);
    expect(await countOrders(ada)).toBe(before);
    // An order that was taken before is there, whoever asks for it again.
    expect(await place(ada, wish, key)).toMatchObject({ status: 201, json: { id: earlier.id } });

    const node = await insert(runs, 'node', rows.node({ capacity: 1 }));
    await db.sql(
      `insert into plan_package (plan_id, node_id, package_id) select id, $1, '7' from plan where code = 'professional'`,
      [node],
    );
    expect(await place(ada, wish)).toMatchObject({ status: 201 });
    await db.sql('delete from node where id = $1', [node]);
    await db.sql(`update plan set when_full = 'wait' where code = 'professional'`);
  });

  it('is for customers, not for staff or strangers', async () => {
    expect(await place(staff)).toMatchObject({ status: 403 });
    expect(await api.ask('POST', '/api/v2/orders', { body: WISH })).toMatchObject({ status: 401 });
  });
});

describe('reading orders', () => {
  it('AUTHZ-02: a foreign order and a missing one are answered alike, byte for byte', async () => {
    const { json } = await place(ada);
    const same = (text: string) => text.replace(/"request_id":"[^"]+"/, '');
    for (const path of ['', '/events']) {
      const [foreign, missing] = [
        await get(bob, `/orders/${json.id}${path}`),
        await get(bob, `/orders/${newId()}${path}`),
      ];
      expect([foreign.status, missing.status]).toEqual([404, 404]);
      expect(same(foreign.text)).toBe(same(missing.text));
    }
    expect(await get(ada, `/orders/${json.id}`)).toMatchObject({ status: 200, json: { id: json.id } });
  });

  it('AUTHZ-02: a list holds one’s own, whatever is searched for', async () => {
    await place(bob);
    for (const query of ['', '?q=ada', '?q=%25', '?status=awaiting_payment', `?after=${newId()}`]) {
      const { json } = await get(bob, `/orders${query}`);
      const [mine] = await db.sql<{ ids: string[] }>(
        `select coalesce(array_agg(id::text), '{}') as ids from "order" where customer_id = $1`,
        [bob.customerId],
      );
      for (const order of json.orders) {
        expect(mine!.ids).toContain(order.id);
        expect(order.customer).toBeUndefined();
      }
    }
  });

  it('staff find orders by reference, invoice number and part of an address, page by page', async () => {
    const [first, second] = [(await place(bob)).json, (await place(bob)).json];
    const { json: page } = await get(staff, `/orders?limit=1&q=${first.reference}`);
    expect(page).toMatchObject({ orders: [{ id: first.id, customer: { email: 'bob@example.com' } }], next: null });
    expect((await get(staff, `/orders?q=${second.invoice_number.toLowerCase()}`)).json.orders).toMatchObject([
      { id: second.id },
    ]);
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { json } = await get(staff, `/orders?limit=2&q=BOB%40${after}`);
      seen.push(...json.orders.map((order: { id: string }) => order.id));
      if (!json.next) break;
      after = `&after=${json.next}`;
    }
    expect(seen).toEqual([...seen].sort().reverse());
    expect(new Set(seen).size).toBe(await countOrders(bob));
  });

  it('staff find the orders of a customer by number, written as people write it', async () => {
    const [row] = await db.sql<{ n: number }>('select number::integer as n from customer where id = $1', [
      ada.customerId,
    ]);
    for (const q of [String(row!.n), `%23${row!.n}`]) {
      const { json } = await get(staff, `/orders?q=${q}`);
      const found = json.orders as { customer: { id: string; number: number } }[];
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found.map(({ customer }) => customer.number))).toEqual(new Set([row!.n]));
    }
    expect((await get(staff, '/orders?q=%23999999')).json.orders).toEqual([]);
  });

  it('customers read that it takes longer, staff why, with the way to the workflow', async () => {
    const { json: order } = await place(ada);
    const at = new Date(now.getTime() + 60_000);
    await db.sql(`update "order" set status = 'provisioning', paid_at = $2 where id = $1`, [order.id, at]);
    const incident = newId();
    await db.sql(
      `insert into incident (id, workflow_id, workflow_type, step, reason, order_id, customer_id, message, choices, status, opened_at)
       values ($1, $2, 'fulfillOrder', 'account', 'VendorUnauthorized', $3, $4, 'ams-1 refuses our key', '[]', 'open', $5)`,
      [incident, `order/${order.id}`, order.id, ada.customerId, at],
    );
    await db.sql(`insert into order_event values ($1, $2, $3, 'p', 'staff_parked', 'ams-1 refuses our key', $4)`, [
      newId(),
      order.id,
      ada.customerId,
      at,
    ]);
    const before = now;
    now = new Date(at.getTime() + 15 * 60_000);
    const { text, json } = await get(ada, `/orders/${order.id}`);
    expect(json.story.next).toMatchObject({ waiting_for: 'us', taking_longer: true });
    for (const word of ['refuses', 'Vendor', 'ams-1', incident, 'workflow']) expect(text).not.toContain(word);
    const seen = (await get(staff, `/orders/${order.id}`)).json;
    now = before;
    expect(seen.story.next.text).toContain('account waits for a decision');
    expect(seen.staff).toMatchObject({
      customer: { email: 'ada@example.com' },
      workflow_id: `order/${order.id}`,
      workflow_url: `http://localhost:8233/namespaces/shop/workflows/order%2F${order.id}`,
      incidents: [{ id: incident, step: 'account', reason: 'VendorUnauthorized' }],
    });
  });

  it('the way to the panel is shown while the account is ready, and only the address that is for customers', async () => {
    const { json: order } = await place(ada);
    const [line] = await db.sql<{ plan_id: string; plan_price_id: string }>(
      'select plan_id, plan_price_id from order_line where order_id = $1',
      [order.id],
    );
    const node_id = await insert(runs, 'node', rows.node({ base_url: 'https://10.1.2.3:9000' }));
    const of = { order_id: order.id, customer_id: ada.customerId, ...line };
    const subscription_id = await insert(runs, 'subscription', rows.subscription(of));
    const service = { subscription_id, customer_id: ada.customerId, node_id, username: 'adasite' };
    await insert(runs, 'service', rows.service({ ...service, status: 'provisioning' }));
    const panelUrls = async () => {
      const answers = [await get(ada, `/orders/${order.id}`), await get(staff, `/orders/${order.id}`)];
      for (const { text } of answers) expect(text).not.toContain('10.1.2.3');
      return answers.map(({ json }) => json.service.panel_url);
    };
    await db.sql(`update node set public_url = 'https://panel.example' where id = $1`, [node_id]);
    expect(await panelUrls()).toEqual([null, null]);
    await db.sql(`update service set status = 'active' where node_id = $1`, [node_id]);
    expect(await panelUrls()).toEqual(['https://panel.example', 'https://panel.example']);
    await db.sql(`update node set public_url = null where id = $1`, [node_id]);
    expect(await panelUrls()).toEqual([null, null]);
  });

  it('the page to pay at is shown only while the payment is awaited', async () => {
    const { json: order } = await place(ada);
    const until = new Date(now.getTime() + 3_600_000);
    await db.sql(`update "order" set checkout_url = 'https://pay.example/1', checkout_expires_at = $2 where id = $1`, [
      order.id,
      until,
    ]);
    expect((await get(ada, `/orders/${order.id}`)).json).toMatchObject({
      checkout_url: 'https://pay.example/1',
      checkout_expires_at: until.toISOString(),
      story: { next: { waiting_for: 'customer' } },
    });
    // The gateway works on a payment: nobody is asked to pay twice.
    await db.sql(
      `insert into payment_attempt (id, invoice_id, customer_id, order_id, gateway, account, number, kind, key, status, amount_minor, currency, created_at, updated_at)
       select $1, i.id, i.customer_id, i.order_id, 'stripe', 'main', 1, 'hosted', i.id::text, 'processing', i.due_minor, i.currency, now(), now()
       from invoice i where i.order_id = $2`,
      [newId(), order.id],
    );
    expect((await get(ada, `/orders/${order.id}`)).json).toMatchObject({
      checkout_url: null,
      story: { next: { waiting_for: 'us', text: expect.stringContaining('need not pay again') } },
    });
    await db.sql(`update payment_attempt set status = 'requires_action' where order_id = $1`, [order.id]);
    expect((await get(ada, `/orders/${order.id}`)).json.checkout_url).toBe('https://pay.example/1');
    await db.sql(`update "order" set status = 'provisioning', paid_at = now() where id = $1`, [order.id]);
    expect((await get(ada, `/orders/${order.id}`)).json).toMatchObject({
      checkout_url: null,
      checkout_expires_at: null,
    });
  });
});
