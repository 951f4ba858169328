import { newId } from '#domain/ids.ts';
import { AT, insert, rows, type Runs } from './rows.ts';

export interface Bought {
  customer_id: string;
  order_id: string;
  subscription_id: string;
  service_id: string;
  license_id: string;
  plan_id: string;
  plan_price_id: string;
  node_id: string;
}

/** A customer with one order and what it led to: subscription, service on a node, license. */
export async function buy(on: Runs): Promise<Bought> {
  const plan_id = await insert(on, 'plan', rows.plan());
  const plan_price_id = await insert(on, 'plan_price', rows.price({ plan_id }));
  const node_id = await insert(on, 'node', rows.node());
  const customer_id = await insert(on, 'customer', rows.customer());
  const order_id = await insert(on, 'order', rows.order({ customer_id }));
  const sold = { customer_id, plan_id };
  const subscription_id = await insert(on, 'subscription', rows.subscription({ ...sold, order_id, plan_price_id }));
  const service_id = await insert(
    on,
    'service',
    rows.service({ customer_id, subscription_id, node_id, external_id: newId() }),
  );
  const license_id = await insert(on, 'license', rows.license({ ...sold, service_id, node_id }));
  return { ...sold, order_id, subscription_id, service_id, license_id, plan_price_id, node_id };
}

/** A row at least in every table that belongs to customers. @returns the id of an issued invoice */
export async function fill(
  on: Runs,
  { customer_id, order_id, service_id, license_id, plan_id, plan_price_id }: Bought,
): Promise<string> {
  const own = { customer_id };
  const priced = { plan_id, plan_price_id, cycle: 'monthly', description: 'Starter', amount_minor: 1 };
  await insert(on, 'order_line', { id: newId(), ...own, order_id, ...priced });
  await insert(on, 'order_event', { id: newId(), ...own, order_id, key: 'placed', kind: 'placed', text: 'x', at: AT });
  await insert(on, 'user_account', { ...user(), ...own });
  await insert(on, 'service_secret', {
    id: newId(),
    ...own,
    service_id,
    purpose: 'new_password',
    sealed: Buffer.from('x'),
    created_at: AT,
  });
  await insert(on, 'license_quota', { license_id, ...own, feature: 'create_domain', quota: 3 });
  const invoice_id = await insert(on, 'invoice', rows.invoice({ ...own, kind: 'plan_change' }));
  await insert(on, 'invoice_line', rows.line({ ...own, invoice_id }));
  await insert(on, 'credit_note', rows.creditNote({ ...own, invoice_id }));
  await insert(on, 'payment_method', {
    id: newId(),
    ...own,
    gateway: 'stripe',
    account: 'main',
    gateway_customer_id: 'cus_1',
    method_id: newId(),
    kind: 'card',
    created_at: AT,
  });
  await insert(on, 'payment_attempt', rows.attempt({ ...own, invoice_id }));
  const payment_id = await insert(on, 'payment', rows.payment({ ...own, invoice_id }));
  const money = { amount_minor: 1, currency: 'EUR' };
  const times = { created_at: AT, updated_at: AT };
  await insert(on, 'refund', {
    id: newId(),
    ...own,
    payment_id,
    key: newId(),
    ...money,
    reason: 'x',
    status: 'requested',
    ...times,
  });
  await on.query(
    `with booked as (insert into ledger_transaction (id, key, customer_id, kind, occurred_at) values ($1, $2, $3, 'payment', now()) returning id)
     insert into ledger_entry select id, n, $3, 'receivable', 'EUR', 2 * n - 3 from booked, generate_series(1, 2) n`,
    [newId(), newId(), customer_id],
  );
  await insert(on, 'notice', {
    id: newId(),
    key: newId(),
    ...own,
    kind: 'welcome',
    recipient: 'a@b',
    subject: 'x',
    created_at: AT,
  });
  await insert(on, 'staff_task', { id: newId(), key: newId(), ...own, kind: 'x', text: 'x', opened_at: AT });
  const stuck = {
    workflow_id: 'order/1',
    workflow_type: 'fulfillOrder',
    step: 'x',
    reason: 'x',
    message: 'x',
    choices: '[]',
  };
  await insert(on, 'incident', { id: newId(), ...own, ...stuck, status: 'open', opened_at: AT });
  await insert(on, 'audit_entry', rows.audit(own));
  return invoice_id;
}
const user = () => ({
  id: newId(),
  kind: 'customer',
  email: `${newId()}@example.com`,
  name: 'A',
  password_hash: '$argon2id$x',
  created_at: AT,
});
