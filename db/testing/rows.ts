import pg from 'pg';
import { newId, reference } from '#domain/ids.ts';
import type { Em } from '../orm.ts';
import type { TestDatabase } from './database.ts';

/** A column's name and its value; what a test says wins over what a row is by default. */
export type Row = Record<string, unknown>;

export const AT = '2027-01-31T10:00:00.000Z';
const PARTY = JSON.stringify({ name: 'Ada', email: 'ada@example.com', country: 'GB' });

/** Rows that break no rule, so that a test shows only the one it breaks. */
export const rows = {
  customer(over: Row = {}): Row {
    const id = newId();
    return {
      id,
      reference: reference('C', id),
      email: `${id}@example.com`,
      name: 'Ada',
      country: 'GB',
      created_at: AT,
      ...over,
    };
  },
  plan(over: Row = {}): Row {
    const id = newId();
    return { id, code: `plan-${id.slice(-12)}`, name: 'Starter', panel: 'nextpanel', created_at: AT, ...over };
  },
  price: (over: Row): Row => ({
    id: newId(),
    cycle: 'monthly',
    currency: 'EUR',
    amount_minor: 2_900,
    created_at: AT,
    ...over,
  }),
  node(over: Row = {}): Row {
    const id = newId();
    return {
      id,
      name: `node-${id.slice(-12)}`,
      panel: 'nextpanel',
      base_url: 'https://panel.example',
      credentials: Buffer.from('sealed'),
      credentials_changed_at: AT,
      capacity: 10,
      created_at: AT,
      ...over,
    };
  },
  order(over: Row): Row {
    const id = newId();
    const own = { id, reference: reference('O', id), status: 'awaiting_payment', gateway: 'stripe', currency: 'EUR' };
    return { ...own, total_minor: 2_900, placed_at: AT, ...over };
  },
  subscription(over: Row): Row {
    const id = newId();
    return {
      id,
      reference: reference('SUB', id),
      cycle: 'monthly',
      status: 'active',
      anchor_day: 31,
      billing_zone: 'UTC',
      period_start: '2027-01-31',
      paid_through: '2027-02-28',
      created_at: AT,
      ...over,
    };
  },
  service(over: Row): Row {
    const id = newId();
    return { id, reference: reference('S', id), status: 'provisioning', created_at: AT, ...over };
  },
  invoice: (over: Row): Row => ({
    id: newId(),
    number: `INV-2027-${newId()}`,
    kind: 'renewal',
    status: 'open',
    currency: 'EUR',
    total_minor: 2_900,
    period_start: '2027-02-28',
    period_end: '2027-03-31',
    issued_on: '2027-01-31',
    due_on: '2027-01-31',
    seller: PARTY,
    buyer: PARTY,
    created_at: AT,
    ...over,
  }),
  line: (over: Row): Row => ({
    id: newId(),
    position: 1,
    description: 'Starter, monthly',
    amount_minor: 2_900,
    ...over,
  }),
  creditNote: (over: Row): Row => ({
    id: newId(),
    number: `CN-2027-${newId()}`,
    currency: 'EUR',
    total_minor: 2_900,
    reason: 'order aborted',
    issued_on: '2027-01-31',
    created_at: AT,
    ...over,
  }),
  attempt: (over: Row): Row => ({
    id: newId(),
    gateway: 'stripe',
    account: 'main',
    number: 1,
    kind: 'hosted',
    key: newId(),
    amount_minor: 2_900,
    currency: 'EUR',
    status: 'submitting',
    created_at: AT,
    updated_at: AT,
    ...over,
  }),
  payment: (over: Row = {}): Row => ({
    id: newId(),
    gateway: 'stripe',
    account: 'main',
    gateway_payment_id: `pi_${newId()}`,
    amount_minor: 2_900,
    currency: 'EUR',
    paid_at: AT,
    booked_at: AT,
    ...over,
  }),
  event: (over: Row = {}): Row => ({
    id: newId(),
    gateway: 'stripe',
    account: 'main',
    event_id: `evt_${newId()}`,
    type: 'checkout.session.completed',
    subject: 'payment',
    object_id: 'cs_1',
    source: 'webhook',
    livemode: false,
    payload: '{}',
    event_at: AT,
    received_at: AT,
    ...over,
  }),
  command: (over: Row = {}): Row => ({
    id: newId(),
    kind: 'start',
    workflow_id: 'order/1',
    name: 'fulfillOrder',
    key: newId(),
    created_at: AT,
    due_at: AT,
    ...over,
  }),
  license: (over: Row): Row => ({
    id: newId(),
    key_hash: Buffer.from(newId().replaceAll('-', '')),
    key_sealed: Buffer.from('sealed'),
    key_hint: 'ABCDE…WXYZ',
    status: 'active',
    issued_at: AT,
    ...over,
  }),
  audit: (over: Row = {}): Row => ({
    id: newId(),
    at: AT,
    actor_type: 'system',
    action: 'order.placed',
    object_type: 'order',
    ...over,
  }),
};

/** The unit of work's own connection; MikroORM writes its places as question marks. */
export const through = (em: Em): Runs => ({
  query: (text, values) => em.execute(text.replaceAll(/\$\d+/g, '?'), values),
});

export type Runs = { query(text: string, values?: unknown[]): Promise<unknown> };

/** Inserts one row and returns its id. */
export async function insert(on: Runs, table: string, row: Row): Promise<string> {
  const columns = Object.keys(row);
  const places = columns.map((_, n) => `$${n + 1}`);
  await on.query(`insert into "${table}" (${columns.join(', ')}) values (${places.join(', ')})`, Object.values(row));
  return row['id'] as string;
}

export type Actor = 'owner' | 'worker' | 'api' | 'license' | 'readonly' | 'staff' | 'customer';
export const ACTORS: readonly Actor[] = ['owner', 'worker', 'api', 'license', 'readonly', 'staff', 'customer'];

/** A connection of its own as one of the roles; a customer's says whose. The caller ends it. */
export async function connectAs(db: TestDatabase, actor: Actor, customerId: string | null = ''): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: actor === 'owner' ? db.ownerUrl : db.url(actor) });
  await client.connect();
  if (actor === 'customer' && customerId !== null)
    await client.query(`select set_config('app.customer_id', $1, false)`, [customerId]);
  return client;
}

/** Does it in a transaction that commits, and says by what it was refused: the constraint, or else the error's text. */
export async function refusedBy(
  client: pg.Client,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<string | null> {
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
    return null;
  } catch (error) {
    await client.query('rollback');
    const { constraint, message } = error as { constraint?: string; message: string };
    return constraint ?? message;
  }
}
