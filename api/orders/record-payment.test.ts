import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
let db: TestDatabase;
let api: TestApi;
let staff: TestSession;
let ada: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('record');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { clock: () => now, env: { STRIPE_WEBHOOK_SECRET: 'whsec_x' } });
  staff = await api.asStaff();
  ada = await api.asCustomer();
});
afterAll(() => db.drop());

const WISH = { plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };
const place = async (): Promise<string> => {
  const headers = { ...ada.headers, 'idempotency-key': newId() };
  const { json } = await api.ask('POST', '/api/v2/orders', { body: WISH, headers });
  await db.sql(`update "order" set checkout_url = 'https://pay.example/1' where id = $1`, [json.id]);
  return json.id;
};
const record = (id: string, reference: string, who = staff, key: string = newId()) =>
  api.ask('POST', `/api/v2/orders/${id}/payments`, {
    body: { payment_reference: reference },
    headers: { ...who.headers, 'idempotency-key': key },
  });
const read = async (id: string, who: TestSession) => (await api.ask('GET', `/api/v2/orders/${id}`, who)).json;

it('a transfer is recorded once, the order is told once, and nobody is sent to the payment page any more', async () => {
  const id = await place();
  expect((await read(id, staff)).staff.may_record_payment).toBe(true);
  const key = newId();
  for (let i = 0; i < 2; i += 1) {
    expect(await record(id, 'TRX-1', staff, key)).toMatchObject({
      status: 201,
      json: { checkout_url: null, staff: { may_record_payment: false, wishes: { payment_reference: 'TRX-1' } } },
    });
  }
  const seen = await read(id, ada);
  expect(seen).toMatchObject({
    checkout_url: null,
    story: { next: { waiting_for: 'us', text: 'The payment we received is being booked.' } },
  });
  expect(JSON.stringify(seen)).not.toContain('TRX-1');
  expect(
    await db.sql(`select name, args from command_outbox where workflow_id = $1 and kind = 'signal'`, [`order/${id}`]),
  ).toEqual([{ name: 'paymentRecorded', args: [] }]);
  expect(
    await db.sql(`select actor_id from audit_entry where action = 'payment.recorded' and object_id = $1`, [id]),
  ).toEqual([{ actor_id: staff.userId }]);
});

it('one transfer pays for one order, however it is written and whatever the other was paid with', async () => {
  const [first, second] = [await place(), await place()];
  expect(await record(first, 'RF18 5390-0754')).toMatchObject({ status: 201 });
  const refused = { status: 409, json: { code: 'payment_already_recorded' } };
  expect(await record(second, 'rf1853900754')).toMatchObject(refused);
  const sale = { ...WISH, gateway: undefined, customer: { email: 'x@example.org', name: 'X', country: 'ES' } };
  const body = { ...sale, payment_reference: 'RF18.5390.0754' };
  const headers = { ...staff.headers, 'idempotency-key': newId() };
  expect(await api.ask('POST', '/api/v2/provision', { body, headers })).toMatchObject(refused);
  const both = await Promise.all([place(), place()]).then((ids) =>
    Promise.all(ids.map((id) => record(id, 'TRX-BOTH'))),
  );
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
});

it('is refused for an order that waits for none, one that is not there, and who may not', async () => {
  const id = await place();
  await db.sql(`update "order" set status = 'provisioning', paid_at = now() where id = $1`, [id]);
  expect(await record(id, 'TRX-2')).toMatchObject({ status: 409, json: { code: 'order_waits_for_no_payment' } });
  const waiting = await place();
  expect(await record(waiting, 'TRX-3')).toMatchObject({ status: 201 });
  expect(await record(waiting, 'TRX-4')).toMatchObject({ status: 409, json: { code: 'order_waits_for_no_payment' } });
  expect(await record(newId(), 'TRX-5')).toMatchObject({ status: 404 });
  expect(await record(await place(), 'TRX-6', ada)).toMatchObject({ status: 403 });
  expect(await record(await place(), '---')).toMatchObject({ status: 422 });
});
