import { randomBytes } from 'node:crypto';
import { insert, rows, type Row } from '#db/testing/rows.ts';
import type { TestDatabase } from '#db/testing/database.ts';
import { licensePepper, storeLicenseKey } from '#db/licenses/license-keys.ts';
import { sha256 } from '#db/secrets/seal.ts';
import { newId } from '#domain/ids.ts';
import { tokenHash } from '../people/auth/tokens.ts';
import type { TestApi, TestSession } from './harness.ts';

/** What must be in no answer but the one that is there to show it. */
export const SECRETS = {
  licenseKey: 'NP-CANAR-YABCD-EFGHJ-KLMNP-QRST2',
  initialPassword: 'canary-initial-0123456789',
  panelApiKey: 'canary-panel-key-0123456789',
  panelApiSecret: 'canary-panel-secret-0123456789',
};

/** Whom staff sold to, and who has no way into the portal yet. */
export const INVITED = 'invited@example.com';

/** What a path can name, by the word before the name: `/orders/{id}` is an `orders`. */
export type Ids = Record<
  | 'orders'
  | 'invoices'
  | 'licenses'
  | 'sessions'
  | 'panel-password'
  | 'account-links'
  | 'nodes'
  | 'plans'
  | 'packages'
  | 'incidents'
  | 'tasks'
  | 'api-keys'
  | 'panel-credentials',
  string
>;

/** `/plans/:id/packages/:nodeId`, or with braces, with the ids of what is there. */
export const fill = (path: string, ids: Partial<Record<string, string>>): string =>
  path.replaceAll(
    /([^/]+)\/(?::\w+|\{\w+\})/g,
    (_, word: string) => `${word}/${ids[word] ?? '00000000-0000-7000-8000-000000000000'}`,
  );

/** One of everything a customer can own and staff can see, the way it is when an order is fulfilled. */
export async function stock(db: TestDatabase, api: TestApi, owner: TestSession, admin: TestSession): Promise<Ids> {
  const on = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
  const put = (table: string, row: Row) => insert(on, table, row);
  const { sealer, clock } = api.parts;
  const [now, customer_id] = [clock(), owner.customerId];
  const [price] = await db.sql<{ id: string; plan_id: string; code: string }>(
    `select r.id, r.plan_id, p.code from plan_price r join plan p on p.id = r.plan_id where r.currency = 'EUR' limit 1`,
  );
  const plan_id = price!.plan_id;

  const nodes = newId();
  const credentials = JSON.stringify({ apiKey: SECRETS.panelApiKey, apiSecret: SECRETS.panelApiSecret });
  const sealed = sealer.seal(credentials, { table: 'node', column: 'credentials', rowId: nodes });
  await put('node', rows.node({ id: nodes, credentials: sealed, health: 'healthy', checked_at: now }));
  await put('plan_package', { plan_id, node_id: nodes, package_id: '3' });

  const body = { plan: price!.code, cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };
  const placed = await api.ask('POST', '/api/v2/orders', {
    body,
    headers: { ...owner.headers, 'idempotency-key': newId() },
  });
  const orders: string = placed.json.id;
  const [invoice] = await db.sql<{ id: string }>(`select id from invoice where order_id = $1`, [orders]);
  await put('credit_note', rows.creditNote({ invoice_id: invoice!.id, customer_id }));
  const of = { order_id: orders, customer_id, plan_id, plan_price_id: price!.id };
  const subscription_id = await put('subscription', rows.subscription(of));
  const username = `site${orders.slice(-8)}`;
  const active = { subscription_id, customer_id, node_id: nodes, username, status: 'active' };
  const service_id = await put('service', rows.service(active));

  const licenses = newId();
  const pepper = licensePepper(api.parts.config.LICENSE_PEPPER);
  const { hash, sealed: key_sealed, hint: key_hint } = storeLicenseKey(SECRETS.licenseKey, pepper, sealer, licenses);
  const held = { customer_id, service_id, plan_id, node_id: nodes };
  await put('license', rows.license({ id: licenses, ...held, key_hash: hash, key_sealed, key_hint }));
  await put('license_quota', { license_id: licenses, customer_id, feature: 'create_domain', quota: 3 });

  const secretId = newId();
  await put('service_secret', {
    id: secretId,
    service_id,
    customer_id,
    purpose: 'initial_password',
    sealed: sealer.seal(SECRETS.initialPassword, { table: 'service_secret', column: 'sealed', rowId: secretId }),
    created_at: now,
  });
  const link = randomBytes(32).toString('base64url');
  await put('one_time_token', {
    id: newId(),
    token_hash: sha256(link),
    purpose: 'panel_password',
    service_id,
    created_at: now,
    expires_at: new Date(now.getTime() + 86_400_000),
  });

  const invitation = randomBytes(32).toString('base64url');
  const invited = newId();
  await put('customer', rows.customer({ id: invited, email: INVITED }));
  await put('one_time_token', {
    id: newId(),
    token_hash: sha256(invitation),
    purpose: 'invitation',
    invited_customer_id: invited,
    created_at: now,
    expires_at: new Date(now.getTime() + 86_400_000),
  });

  const incidents = await put('incident', {
    id: newId(),
    workflow_id: `order/${orders}`,
    workflow_type: 'fulfillOrder',
    step: 'account',
    reason: 'VendorRefused',
    adapter: 'nextpanel',
    order_id: orders,
    customer_id,
    node_id: nodes,
    message: 'The panel could not make the account: 422 …',
    choices: JSON.stringify([{ action: 'retry', does: 'Looks for the account, then makes it.', fields: ['nodeId'] }]),
    status: 'open',
    opened_at: now,
  });
  const tasks = await put('staff_task', {
    id: newId(),
    kind: 'payment_left_over',
    text: 'Look at it.',
    order_id: orders,
    customer_id,
    opened_at: now,
    key: newId(),
  });
  const [session] = await db.sql<{ id: string }>(`select id from session where token_hash = $1`, [
    tokenHash(/__Host-sid=([^;]+)/.exec(owner.headers['cookie']!)![1]!),
  ]);
  const { id: apiKey } = await api.asKey(admin.userId, ['audit.read']);
  const made = await api.ask('POST', `/api/v2/nodes/${nodes}/panel-credentials`, { body: {}, headers: admin.headers });
  return {
    orders,
    invoices: invoice!.id,
    licenses,
    sessions: session!.id,
    'panel-password': link,
    'account-links': invitation,
    nodes,
    plans: plan_id,
    packages: nodes,
    incidents,
    tasks,
    'api-keys': apiKey,
    'panel-credentials': made.json.id,
  };
}
