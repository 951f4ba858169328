import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const KEY = 'NP-ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2';

let db: TestDatabase;
let api: TestApi;
let ada: TestSession;
let bob: TestSession;
let staff: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('books');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { env: { STRIPE_WEBHOOK_SECRET: 'whsec_x' }, clock: () => now });
  [ada, bob, staff] = [
    await api.asCustomer('ada@example.com'),
    await api.asCustomer('bob@example.com'),
    await api.asStaff('support'),
  ];
});
afterAll(() => db.drop());

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const get = (who: TestSession, path: string) => api.ask('GET', `/api/v2${path}`, { headers: who.headers });
const reveal = (who: TestSession, id: string) =>
  api.ask('POST', `/api/v2/licenses/${id}/reveal`, { headers: who.headers });
const same = (text: string) => text.replace(/"request_id":"[^"]+"/, '');

async function ordered(who: TestSession): Promise<string> {
  const body = { plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };
  const headers = { ...who.headers, 'idempotency-key': newId() };
  return (await api.ask('POST', '/api/v2/orders', { body, headers })).json.id;
}
async function licensed(who: TestSession): Promise<string> {
  const orderId = await ordered(who);
  const customer_id = who.customerId;
  const [line] = await db.sql<{ plan_id: string; plan_price_id: string }>(
    `select plan_id, plan_price_id from order_line where order_id = $1`,
    [orderId],
  );
  const subscription_id = await insert(
    runs,
    'subscription',
    rows.subscription({ order_id: orderId, customer_id, ...line }),
  );
  const service_id = await insert(runs, 'service', rows.service({ subscription_id, customer_id, username: 'adasite' }));
  const id = newId();
  await insert(
    runs,
    'license',
    rows.license({
      id,
      customer_id,
      service_id,
      plan_id: line!.plan_id,
      key_sealed: api.parts.sealer.seal(KEY, { table: 'license', column: 'key_sealed', rowId: id }),
      key_hint: 'NP-AB…XYZ2',
    }),
  );
  await insert(runs, 'license_quota', { license_id: id, customer_id, feature: 'create_domain', quota: 3 });
  return id;
}

describe('invoices', () => {
  it('show what was issued, and what was given back', async () => {
    const orderId = await ordered(ada);
    const { json: list } = await get(ada, '/invoices');
    const summary = list.invoices.find((invoice: { order_id: string }) => invoice.order_id === orderId);
    await insert(
      runs,
      'credit_note',
      rows.creditNote({
        invoice_id: summary.id,
        customer_id: ada.customerId,
        number: 'CN-2026-000001',
        reason: 'Order undone',
      }),
    );
    const { json } = await get(ada, `/invoices/${summary.id}`);
    expect(json).toMatchObject({
      number: expect.stringMatching(/^INV-2026-/),
      status: 'open',
      total: { amount: '2900', currency: 'EUR' },
      due: { amount: '2900', currency: 'EUR' },
      paid: { amount: '0', currency: 'EUR' },
      issued_on: '2026-03-02',
      due_on: '2026-03-02',
      period_start: null,
      seller: { name: 'Hostwright Sandbox' },
      buyer: { name: 'Ada Lovelace', email: 'ada@example.com', country: 'GB' },
      lines: [{ position: 1, description: 'Starter, monthly', amount: { amount: '2900', currency: 'EUR' } }],
      credit_notes: [{ number: 'CN-2026-000001', reason: 'Order undone', issued_on: '2027-01-31' }],
    });
  });

  it('AUTHZ-02: a foreign invoice and a missing one are answered alike; staff see all', async () => {
    await ordered(ada);
    const [mine] = (await get(ada, '/invoices')).json.invoices;
    const [foreign, missing] = [await get(bob, `/invoices/${mine.id}`), await get(bob, `/invoices/${newId()}`)];
    expect(foreign.status).toBe(404);
    expect(same(foreign.text)).toBe(same(missing.text));
    expect((await get(bob, '/invoices')).json.invoices).toEqual([]);
    expect(await get(staff, `/invoices/${mine.id}`)).toMatchObject({ status: 200 });
  });
});

describe('licenses', () => {
  it('PANEL-05: lists show a hint, never the key', async () => {
    const id = await licensed(ada);
    for (const who of [ada, staff]) {
      const { text, json } = await get(who, '/licenses');
      expect(text).not.toContain(KEY);
      const shown = json.licenses.find((license: { id: string }) => license.id === id);
      expect(shown).toMatchObject({
        key_hint: 'NP-AB…XYZ2',
        plan: { code: 'starter' },
        service: { username: 'adasite' },
        quotas: { create_domain: 3 },
      });
      expect(shown.customer?.name).toBe(who === staff ? 'Ada Lovelace' : undefined);
    }
    expect((await get(bob, '/licenses')).json.licenses).toEqual([]);
    expect((await get(staff, '/licenses?q=ADASITE')).json.licenses.length).toBeGreaterThan(0);
    expect((await get(staff, '/licenses?q=nobody')).json.licenses).toEqual([]);
  });

  it('PANEL-05: the owner sees the whole key, and each look is written down (AUD-01)', async () => {
    const id = await licensed(ada);
    expect(await reveal(ada, id)).toMatchObject({ status: 200, json: { id, key: KEY } });
    expect(await reveal(staff, id)).toMatchObject({ status: 200 });
    expect(
      await db.sql(
        `select actor_type, actor_id, customer_id from audit_entry where action = 'license.revealed' and object_id = $1 order by id`,
        [id],
      ),
    ).toEqual([
      { actor_type: 'customer', actor_id: ada.userId, customer_id: ada.customerId },
      { actor_type: 'staff', actor_id: staff.userId, customer_id: ada.customerId },
    ]);
    expect(JSON.stringify(api.logged)).not.toContain(KEY);
  });

  it('SECR-02: a key that does not open is refused by its name, told to staff once, and no look is written down', async () => {
    const id = await licensed(ada);
    await db.sql(`update license set key_sealed = set_byte(key_sealed, length(key_sealed) - 1, 0) where id = $1`, [id]);
    for (const who of [ada, staff, ada]) {
      expect(await reveal(who, id)).toMatchObject({ status: 500, json: { code: 'secret_damaged' } });
    }
    expect(await db.sql(`select from audit_entry where action = 'license.revealed' and object_id = $1`, [id])).toEqual(
      [],
    );
    const tasks = await db.sql(`select kind, text from staff_task where key = $1`, [
      `seal-broken/license/key_sealed/${id}`,
    ]);
    expect(tasks).toEqual([
      { kind: 'seal_broken', text: expect.stringContaining(`license.key_sealed of ${id} does not open`) },
    ]);
  });

  it('AUTHZ-02: a foreign key is no key, and the try is not a look', async () => {
    const id = await licensed(ada);
    const [foreign, missing] = [await reveal(bob, id), await reveal(bob, newId())];
    expect(foreign.status).toBe(404);
    expect(same(foreign.text)).toBe(same(missing.text));
    expect(
      await db.sql(`select 1 from audit_entry where action = 'license.revealed' and object_id = $1`, [id]),
    ).toEqual([]);
  });

  it('WEB-01: a look needs the page it comes from, not only the cookie', async () => {
    const id = await licensed(ada);
    const { cookie } = ada.headers;
    expect(
      await api.ask('POST', `/api/v2/licenses/${id}/reveal`, {
        headers: { cookie: cookie!, origin: 'https://evil.example' },
      }),
    ).toMatchObject({ status: 403 });
  });
});
