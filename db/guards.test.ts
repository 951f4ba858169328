import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { newId } from '#domain/ids.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { buy, type Bought } from './testing/bought.ts';
import { AT, connectAs, insert, refusedBy, rows, type Actor, type Row } from './testing/rows.ts';

/** What must never happen, tried in SQL by the role that could. */
let db: TestDatabase;
let bought: Bought;
const clients = new Map<Actor, pg.Client>();

beforeAll(async () => {
  db = await createTestDatabase('guards');
  bought = await buy({ query: db.sql });
  for (const actor of ['worker', 'api', 'staff', 'customer'] as const) {
    clients.set(actor, await connectAs(db, actor, bought.customer_id));
  }
});
afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await db.drop();
});

const as = (actor: Actor) => clients.get(actor)!;
const own = (...keys: (keyof Bought)[]): Row => Object.fromEntries(keys.map((key) => [key, bought[key]]));
const renewal = (over: Row = {}) => rows.invoice({ ...own('customer_id', 'subscription_id'), ...over });
/** A fresh invoice. @returns its id */
const issue = () =>
  insert(as('worker'), 'invoice', renewal({ kind: 'plan_change', period_start: null, period_end: null }));

describe('one of each', () => {
  const cases: {
    never: string;
    actor: Actor;
    twice: (n: number) => Promise<Row> | Row;
    table: string;
    refused: string;
  }[] = [
    {
      never: 'two renewals of one period',
      actor: 'worker',
      table: 'invoice',
      twice: () => renewal({ period_start: '2028-01-31', period_end: '2028-02-29' }),
      refused: 'invoice_period',
    },
    {
      never: 'two invoices of one order',
      actor: 'customer',
      table: 'invoice',
      twice: () =>
        rows.invoice({ ...own('customer_id', 'order_id'), kind: 'initial', period_start: null, period_end: null }),
      refused: 'invoice_of_order',
    },
    {
      never: 'two invoices of one number',
      actor: 'worker',
      table: 'invoice',
      twice: (n) =>
        renewal({ number: 'INV-2027-000042', period_start: `2029-0${n}-01`, period_end: `2029-0${n + 1}-01` }),
      refused: 'invoice_number_key',
    },
    {
      never: 'one gateway payment booked twice',
      actor: 'worker',
      table: 'payment',
      twice: () => rows.payment({ gateway_payment_id: 'pi_1' }),
      refused: 'payment_gateway_account_gateway_payment_id_key',
    },
    {
      never: 'one attempt made twice',
      actor: 'worker',
      table: 'payment_attempt',
      twice: async () => rows.attempt({ ...own('customer_id'), invoice_id: await issue(), key: 'test:hosted:1:1' }),
      refused: 'payment_attempt_key_key',
    },
    {
      never: 'one checkout of two attempts',
      actor: 'worker',
      table: 'payment_attempt',
      twice: async () => rows.attempt({ ...own('customer_id'), invoice_id: await issue(), checkout_id: 'cs_1' }),
      refused: 'payment_attempt_checkout',
    },
    {
      never: 'one webhook handled twice',
      actor: 'api',
      table: 'webhook_inbox',
      twice: () => rows.event({ event_id: 'evt_1' }),
      refused: 'webhook_inbox_gateway_event_id_key',
    },
    {
      never: 'one command twice',
      actor: 'api',
      table: 'command_outbox',
      twice: () => rows.command({ key: 'start/order/1' }),
      refused: 'command_outbox_key_key',
    },
    {
      never: 'two accounts of one name on one node',
      actor: 'worker',
      table: 'service',
      twice: async () => rows.service({ ...(await another()), username: 'ada' }),
      refused: 'service_username',
    },
    {
      never: 'one account for two services',
      actor: 'worker',
      table: 'service',
      twice: async () => rows.service({ ...(await another()), external_id: 'acc_1' }),
      refused: 'service_node_id_external_id_key',
    },
    {
      never: 'two services of one subscription',
      actor: 'worker',
      table: 'service',
      twice: () => rows.service(own('customer_id', 'subscription_id')),
      refused: 'service_subscription_id_key',
    },
    {
      never: 'two subscriptions of one order',
      actor: 'worker',
      table: 'subscription',
      twice: () => rows.subscription(own('customer_id', 'order_id', 'plan_id', 'plan_price_id')),
      refused: 'subscription_order_id_key',
    },
    {
      never: 'two licenses of one service',
      actor: 'worker',
      table: 'license',
      twice: () => rows.license(own('customer_id', 'service_id', 'plan_id')),
      refused: 'license_service_id_key',
    },
    {
      never: 'one happening booked twice in the ledger',
      actor: 'worker',
      table: 'ledger_transaction',
      twice: () => ({ id: newId(), key: 'payment/1', kind: 'payment', occurred_at: AT }),
      refused: 'ledger_transaction_key_key',
    },
    {
      never: 'one mail written twice',
      actor: 'worker',
      table: 'notice',
      twice: () => ({
        id: newId(),
        key: 'welcome/1',
        kind: 'welcome',
        recipient: 'a@example.com',
        subject: 'Hi',
        created_at: AT,
      }),
      refused: 'notice_key_key',
    },
    {
      never: 'two prices on offer for one plan, cycle and currency',
      actor: 'staff',
      table: 'plan_price',
      twice: () => rows.price({ ...own('plan_id'), currency: 'CHF' }),
      refused: 'plan_price_on_offer',
    },
  ];

  it.each(cases)('never $never', async ({ actor, table, twice, refused }) => {
    const results = [];
    for (const n of [1, 2]) {
      const row = await twice(n);
      results.push(await refusedBy(as(actor), (client) => insert(client, table, row)));
    }
    // Where the bought one is already the first, both are refused.
    expect(results[0] === null || results[0] === refused).toBe(true);
    expect(results[1]).toBe(refused);
  });

  it('a void invoice makes room for the right one of the period', async () => {
    const period = { period_start: '2030-01-31', period_end: '2030-02-28' };
    const worker = as('worker');
    const wrong = await insert(worker, 'invoice', renewal(period));
    expect(await refusedBy(worker, (w) => insert(w, 'invoice', renewal(period)))).toBe('invoice_period');
    await worker.query(`update invoice set status = 'void', voided_at = $2 where id = $1`, [wrong, AT]);
    expect(await refusedBy(worker, (w) => insert(w, 'invoice', renewal(period)))).toBeNull();
  });

  it('a service that ended gives its user name back', async () => {
    const worker = as('worker');
    const first = await insert(worker, 'service', rows.service({ ...(await another()), username: 'grace' }));
    const second = rows.service({ ...(await another()), username: 'grace' });
    expect(await refusedBy(worker, (w) => insert(w, 'service', second))).toBe('service_username');
    await worker.query(`update service set status = 'terminated' where id = $1`, [first]);
    expect(await refusedBy(worker, (w) => insert(w, 'service', second))).toBeNull();
  });

  it.each(['subscription_id', 'period_start', 'period_end'])('never a renewal without its %s', async (column) => {
    const row = renewal({ period_start: '2031-01-31', period_end: '2031-02-28', [column]: null });
    expect(await refusedBy(as('worker'), (w) => insert(w, 'invoice', row))).toBe('invoice_renewal_has_period');
  });

  /** A second subscription on the same node, not served yet. */
  async function another(): Promise<Row> {
    const order_id = await insert(as('staff'), 'order', rows.order(own('customer_id')));
    const row = rows.subscription({ ...own('customer_id', 'plan_id', 'plan_price_id'), order_id });
    return { ...own('customer_id', 'node_id'), subscription_id: await insert(as('worker'), 'subscription', row) };
  }
});

describe('an attempt at a time', () => {
  it.each([
    ['created', false, 'it is about to be sent'],
    ['submitting', false, 'it is being sent'],
    ['processing', false, 'the gateway has it'],
    ['unknown', false, 'it may have charged'],
    ['requires_action', true, 'the customer may choose another way to pay'],
    ['failed', true, 'it charged nothing'],
    ['canceled', true, 'it charged nothing'],
    ['succeeded', true, 'a duplicate success is booked, not dropped'],
  ])('while one is %s a second may begin: %s, as %s', async (status, mayBegin) => {
    const invoice_id = await issue();
    const worker = as('worker');
    await insert(worker, 'payment_attempt', rows.attempt({ ...own('customer_id'), invoice_id, status }));
    const second = rows.attempt({ ...own('customer_id'), invoice_id, number: 2, status: 'created' });
    const refused = await refusedBy(worker, (w) => insert(w, 'payment_attempt', second));
    expect(refused).toBe(mayBegin ? null : 'payment_attempt_in_flight');
  });

  it('a second of the same number is the same try', async () => {
    const invoice_id = await issue();
    const row = () => rows.attempt({ ...own('customer_id'), invoice_id, status: 'failed' });
    await insert(as('worker'), 'payment_attempt', row());
    expect(await refusedBy(as('worker'), (w) => insert(w, 'payment_attempt', row()))).toBe(
      'payment_attempt_invoice_id_number_key',
    );
  });
});

describe('rows that could not be true', () => {
  it.each<[string, Actor, string, () => Row, string]>([
    [
      'a slot held on no node',
      'worker',
      'service',
      () => rows.service({ ...own('customer_id', 'subscription_id'), holds_slot: true }),
      'service_slot_is_on_node',
    ],
    [
      'a period that ends as it starts',
      'worker',
      'subscription',
      () =>
        rows.subscription({
          ...own('customer_id', 'order_id', 'plan_id', 'plan_price_id'),
          paid_through: '2027-01-31',
        }),
      'subscription_period',
    ],
    [
      'an end of what is paid once and for all',
      'worker',
      'subscription',
      () =>
        rows.subscription({
          ...own('customer_id', 'order_id', 'plan_id', 'plan_price_id'),
          cycle: 'one_time',
        }),
      'subscription_period',
    ],
    [
      'a period without an end',
      'worker',
      'subscription',
      () => rows.subscription({ ...own('customer_id', 'order_id', 'plan_id', 'plan_price_id'), paid_through: null }),
      'subscription_period',
    ],
    [
      'a customer who is staff',
      'api',
      'user_account',
      () => ({ ...user(), kind: 'staff', ...own('customer_id') }),
      'user_account_of_customer',
    ],
    [
      'a customer with a staff role',
      'api',
      'user_account',
      () => ({ ...user(), ...own('customer_id'), role: 'support' }),
      'user_account_staff_role',
    ],
    [
      'AUTH-01 a password that is not hashed',
      'api',
      'user_account',
      () => ({ ...user(), ...own('customer_id'), password_hash: 'correct horse' }),
      'user_account_password_hash_check',
    ],
    [
      'a quota below unlimited',
      'staff',
      'plan_quota',
      () => ({ ...own('plan_id'), feature: 'create_domain', quota: -2 }),
      'plan_quota_quota_check',
    ],
  ])('%s', async (_, actor, table, row, refused) => {
    expect(await refusedBy(as(actor), (client) => insert(client, table, row()))).toBe(refused);
  });

  const user = (): Row => ({
    id: newId(),
    kind: 'customer',
    email: `${newId()}@example.com`,
    name: 'Ada',
    password_hash: '$argon2id$x',
    created_at: AT,
  });
});
