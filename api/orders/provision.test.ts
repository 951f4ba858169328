import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('provision');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { clock: () => now });
  admin = await api.asStaff();
});
afterAll(() => db.drop());

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const customer = (email = 'ines@example.org') => ({ email, name: 'Inés García', country: 'ES' });
const wish = (over: object = {}) => ({
  customer: customer(),
  plan: 'starter',
  cycle: 'yearly',
  currency: 'EUR',
  payment_reference: `TRX-${newId()}`,
  ...over,
});
const provision = (body: object, who = admin, key: string = newId()) =>
  api.ask('POST', '/api/v2/provision', { body, headers: { ...who.headers, 'idempotency-key': key } });
const count = async (table: string) => (await db.sql<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n;

describe('selling without a gateway', () => {
  it('adds the customer and places an order that staff vouch for', async () => {
    const body = wish({ payment_reference: 'TRX-1' });
    const { status, json } = await provision(body);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      gateway: 'recorded',
      status: 'awaiting_payment',
      total: { amount: '29000', currency: 'EUR' },
      staff: { customer: { email: 'ines@example.org', name: 'Inés García' }, wishes: { payment_reference: 'TRX-1' } },
    });
    const actions = await db.sql(
      `select action, actor_type, actor_id from audit_entry where object_id in ($1, $2) order by action`,
      [json.id, json.staff.customer.id],
    );
    expect(actions).toEqual(
      ['customer.added', 'order.placed', 'payment.recorded'].map((action) => ({
        action,
        actor_type: 'staff',
        actor_id: admin.userId,
      })),
    );
    expect(await db.sql(`select 1 from command_outbox where workflow_id = $1`, [`order/${json.id}`])).toHaveLength(1);
  });

  it('finds a customer whose domain has letters of its own, by either spelling, and shows it as typed', async () => {
    const sold = (await provision(wish({ customer: customer('ines@bücher.example') }))).json;
    const again = (await provision(wish({ customer: customer('ines@xn--bcher-kva.example') }))).json;
    expect(again.staff.customer).toEqual(sold.staff.customer);
    expect(sold.staff.customer.email).toBe('ines@bücher.example');
    const found = await api.ask('GET', `/api/v2/orders?q=${encodeURIComponent('ines@bücher.example')}`, admin);
    expect(found.json.orders).toHaveLength(2);
  });

  it('finds a customer by address, however it is written, and leaves his name', async () => {
    const first = (await provision(wish({ customer: customer('Max@Example.org') }))).json;
    const second = (await provision(wish({ customer: { ...customer('max@example.ORG'), name: 'Somebody' } }))).json;
    expect(second.staff.customer).toEqual(first.staff.customer);
  });

  it('ten rows of one customer at once make one customer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => provision(wish({ customer: customer('ten@example.org') }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ json }) => json.staff.customer.id)).size).toBe(1);
  });

  it('a transfer is one however its reference is written; a look-alike of another alphabet is none', async () => {
    expect((await provision(wish({ payment_reference: 'Same-Ref 77' }))).status).toBe(201);
    for (const payment_reference of ['SAME-REF 77', 'sameref77', 'same–ref–77', 'ＳＡＭＥ ｒｅｆ 77']) {
      const { status, json } = await provision(wish({ payment_reference }));
      expect([payment_reference, status, json.code]).toEqual([payment_reference, 409, 'payment_already_recorded']);
    }
    const other = await provision(wish({ payment_reference: 'Sаme-Ref 77' }));
    expect([other.status, other.json.errors[0].pointer]).toEqual([422, '/payment_reference']);
  });

  it('a transfer pays for one order, also when it is recorded twice at once', async () => {
    const body = wish();
    const answers = await Promise.all([provision(body), provision(body)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const [won, lost] = answers[0]!.status === 201 ? answers : [answers[1], answers[0]];
    expect(lost!.json).toMatchObject({ code: 'payment_already_recorded', errors: [{ pointer: '/payment_reference' }] });
    expect(lost!.json.detail).toContain(won!.json.reference);
  });

  it('BIZ-06: the same row of a CSV, sent again with its key, is the same order', async () => {
    const [body, key] = [wish(), newId()];
    const before = await count('"order"');
    const answers = [await provision(body, admin, key), await provision(body, admin, key)];
    expect(answers[1]!.json.id).toBe(answers[0]!.json.id);
    expect(await count('"order"')).toBe(before + 1);
  });

  it('passes on the wished node and name; a name somebody has there is refused (BIZ-05)', async () => {
    const node = await insert(runs, 'node', rows.node({ name: 'ams-7' }));
    const placed = await provision(wish({ node_id: node, username: 'inessite' }));
    expect(placed.json.staff.wishes).toMatchObject({ node_id: node, username: 'inessite' });

    const orderId = placed.json.id;
    const [line] = await db.sql(`select plan_id, plan_price_id, customer_id from order_line where order_id = $1`, [
      orderId,
    ]);
    const subscription = await insert(runs, 'subscription', rows.subscription({ order_id: orderId, ...line }));
    const service = {
      subscription_id: subscription,
      customer_id: line!['customer_id'],
      node_id: node,
      username: 'inessite',
      status: 'terminated',
    };
    await insert(runs, 'service', rows.service(service));
    expect(await provision(wish({ node_id: node, username: 'inessite' }))).toMatchObject({
      status: 409,
      json: { code: 'username_taken', detail: expect.stringContaining('ams-7') },
    });
    // Without a node it is refused only where no node is left for it.
    expect(await provision(wish({ username: 'inessite' }))).toMatchObject({
      status: 409,
      json: { code: 'username_taken', detail: expect.stringContaining('every node') },
    });
    await insert(runs, 'node', rows.node({ name: 'ams-8' }));
    expect((await provision(wish({ username: 'inessite' }))).status).toBe(201);
  });

  it('is refused where the plan, or the wished node, is full; staff are told why and what to do', async () => {
    const full = await insert(runs, 'node', rows.node({ name: 'full-1', capacity: 1, slots_taken: 1 }));
    const free = await insert(runs, 'node', rows.node({ name: 'free-1', capacity: 1 }));
    for (const node of [full, free]) {
      await db.sql(
        `insert into plan_package (plan_id, node_id, package_id) select id, $1, '7' from plan where code = 'starter'`,
        [node],
      );
    }
    await db.sql(`update plan set when_full = 'refuse' where code = 'starter'`);
    const before = await count('"order"');
    const { status, json } = await provision(wish({ node_id: full }));
    expect([status, json.code]).toEqual([409, 'sold_out']);
    expect(json.detail).toBe(
      'Starter is sold out: no server can take it now. full-1 is full. Make room on a node, name another one, or have the plan wait (`when_full` of PATCH /api/v2/plans/{id}); then sell it again.',
    );
    expect(await count('"order"')).toBe(before);
    const sale = wish({ payment_reference: 'TRX-sold-out' });
    await db.sql(`update node set draining = true where id = $1`, [free]);
    expect(await provision(sale)).toMatchObject({ status: 409, json: { code: 'sold_out' } });
    // The transfer that was refused is not used up.
    await db.sql(`update node set draining = false where id = $1`, [free]);
    expect((await provision(sale)).status).toBe(201);
    await db.sql(`update plan set when_full = 'wait' where code = 'starter'`);
  });

  const refused: [because: string, over: object, pointer: string][] = [
    ['no such node', { node_id: newId() }, '/node_id'],
    ['IN-05: a reserved name', { username: 'root' }, '/username'],
    ['IN-05: capitals', { username: 'Ines' }, '/username'],
    ['no transfer', { payment_reference: '' }, '/payment_reference'],
    ['no such plan', { plan: 'no-such-plan' }, '/plan'],
    ['no address', { customer: customer('ines') }, '/customer/email'],
    ['an address with a second line', { customer: customer('ines@example.org\nbcc: x@y.z') }, ''],
    ['AUTHZ-06: a price', { price: 1 }, '/price'],
  ];
  it.each(refused)('is refused and leaves nothing: %s', async (_because, over, pointer) => {
    const before = [await count('"order"'), await count('customer')];
    const { status, json } = await provision(wish({ customer: customer('new@example.org'), ...over }));
    expect(status).toBe(422);
    if (pointer) expect(json.errors).toMatchObject([{ pointer }]);
    expect([await count('"order"'), await count('customer')]).toEqual(before);
  });

  it('AUTHZ-05: needs payments.record', async () => {
    const support = await api.asStaff('support');
    expect(await provision(wish(), support)).toMatchObject({ status: 403 });
    expect(await provision(wish(), await api.asCustomer())).toMatchObject({ status: 403 });
    const key = await api.asKey(admin.userId, ['payments.record']);
    const headers = { ...key.headers, 'idempotency-key': newId() };
    expect(await api.ask('POST', '/api/v2/provision', { body: wish(), headers })).toMatchObject({ status: 201 });
  });
});
