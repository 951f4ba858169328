import { createHmac } from 'node:crypto';
import { newId } from '#domain/ids.ts';
import type { TestApi, TestApiOptions } from './harness.ts';
import { INVITED, SECRETS, type Ids } from './shop.ts';

export const WEBHOOK_SECRET = 'whsec_canary_0123456789';
export const CODEC_TOKEN = 'canary-codec-token-of-more-than-32-characters';
export const PASSWORD = 'canary: correct horse battery';

/** An API in which every operation can succeed: the gateway set up, a worker that does what it is told. */
export const WILLING = {
  env: { STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET, CODEC_UI_TOKEN: CODEC_TOKEN },
  temporal: {
    resolveIncident: (_workflow, { decision }) => Promise.resolve(`${decision.action} accepted for account`),
    executeActivity: async <R>(name: string): Promise<R> =>
      (name === 'checkNode' || name === 'checkGateway'
        ? { ok: true, steps: [{ name: 'Reach the server', ok: true, message: 'It answers.' }], secret: 'canary' }
        : { outcome: 'not_possible' }) as R,
    ping: async () => {},
  },
} satisfies TestApiOptions;

export interface Request {
  /** Nobody, when it is left out. */
  as?: 'customer' | 'staff';
  body?: unknown;
  headers?: Record<string, string>;
  query?: string;
  ids?: Partial<Record<string, string>>;
}

/** Names are used once. */
const fresh = (word: string) => `${word}-${newId().slice(-12)}`;

/** An event as Stripe delivers it. */
export function stripeDelivery(body: string, at: Date): { body: string; headers: Record<string, string> } {
  const t = Math.floor(at.getTime() / 1000);
  const v1 = createHmac('sha256', WEBHOOK_SECRET).update(`${t}.${body}`).digest('hex');
  return { body, headers: { 'stripe-signature': `t=${t},v1=${v1}` } };
}
const stripeEvent = (at: Date) =>
  stripeDelivery(
    JSON.stringify({
      id: `evt_${newId()}`,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: at.getTime() / 1000,
      livemode: false,
      type: 'checkout.session.completed',
      data: { object: { id: 'cs_test_1', object: 'checkout.session', metadata: {} } },
    }),
    at,
  );
const buyer = { email: 'ines@example.org', name: 'Inés García', country: 'ES' };
const offer = { plan: 'starter', cycle: 'yearly', currency: 'EUR' };
const signUp = { email: 'new@example.com', password: PASSWORD, name: 'New', company: 'New & Sons', country: 'GB' };
const node = { base_url: 'https://panel.example:9000', capacity: 5, location: 'Amsterdam', packages: { starter: '1' } };
const keyed = () => ({ 'idempotency-key': newId() });
const payload = { metadata: { encoding: btoa('json/plain') }, data: btoa('{"a":1}') };

/** One good request for each operation, in an order in which they can all succeed. */
export const goodRequests = ({ parts }: TestApi, ids: Ids): Record<string, () => Request> => ({
  'GET /health': () => ({}),
  'GET /healthz': () => ({}),
  'GET /readyz': () => ({}),
  'POST /api/v2/sign-up': () => ({ body: signUp }),
  'GET /api/v2/account-links/{token}': () => ({}),
  'POST /api/v2/account-links': () => ({ body: { token: ids['account-links'], password: PASSWORD } }),
  'POST /api/v2/password-reset': () => ({ body: { email: signUp.email } }),
  'POST /api/v2/staff/password-reset': () => ({ body: { email: signUp.email } }),
  'POST /api/v2/sign-in': () => ({ body: { email: INVITED, password: PASSWORD } }),
  'GET /api/v2/me': () => ({ as: 'staff' }),
  'GET /api/v2/me/second-factor': () => ({ as: 'customer' }),
  'GET /api/v2/sessions': () => ({ as: 'customer' }),
  'GET /api/v2/plans': () => ({}),
  'GET /api/v2/gateways': () => ({}),
  'GET /api/v2/gateways/health': () => ({ as: 'staff' }),
  'POST /api/v2/gateways/{name}/test': () => ({ as: 'staff', ids: { gateways: 'stripe' } }),
  'GET /api/v2/orders': () => ({ as: 'staff', query: '?limit=1' }),
  'POST /api/v2/orders/{id}/payments': () => ({
    as: 'staff',
    body: { payment_reference: fresh('TRX') },
    headers: keyed(),
  }),
  'GET /api/v2/orders/{id}': () => ({ as: 'staff' }),
  'GET /api/v2/invoices': () => ({ as: 'customer' }),
  'GET /api/v2/invoices/{id}': () => ({ as: 'customer' }),
  'GET /api/v2/licenses': () => ({ as: 'staff' }),
  'POST /api/v2/licenses/{id}/reveal': () => ({ as: 'customer' }),
  'POST /api/v2/licenses/diagnose': () => ({ as: 'staff', body: { license_key: SECRETS.licenseKey } }),
  'GET /api/v2/catalog': () => ({ as: 'staff' }),
  'POST /api/v2/plans': () => ({
    as: 'staff',
    body: { code: fresh('tiny'), name: 'Tiny', quotas: { create_domain: 1 }, when_full: 'refuse' },
  }),
  'PATCH /api/v2/plans/{id}': () => ({
    as: 'staff',
    body: { name: 'Starter', description: 'For a start.\nThen more.', sort_order: 3, active: true, when_full: 'wait' },
  }),
  'POST /api/v2/plans/{id}/prices': () => ({
    as: 'staff',
    body: { cycle: 'monthly', price: { amount: '1900', currency: 'USD' } },
  }),
  'PUT /api/v2/plans/{id}/quotas': () => ({ as: 'staff', body: { quotas: { create_domain: -1 } } }),
  'PUT /api/v2/plans/{id}/packages/{nodeId}': () => ({ as: 'staff', body: { package_id: '7' } }),
  'DELETE /api/v2/plans/{id}/packages/{nodeId}': () => ({ as: 'staff' }),
  'POST /api/v2/orders': () => ({
    as: 'customer',
    body: { ...offer, gateway: 'stripe' },
    headers: keyed(),
  }),
  'POST /api/v2/provision': () => ({
    as: 'staff',
    body: { ...offer, customer: buyer, payment_reference: fresh('TRX') },
    headers: keyed(),
  }),
  'GET /api/v2/nodes': () => ({ as: 'staff' }),
  'GET /api/v2/nodes/{id}': () => ({ as: 'staff' }),
  'POST /api/v2/nodes': () => ({
    as: 'staff',
    body: { ...node, name: fresh('ams'), api_key: SECRETS.panelApiKey, api_secret: SECRETS.panelApiSecret },
  }),
  'PATCH /api/v2/nodes/{id}': () => ({
    as: 'staff',
    body: { ...node, draining: true, api_key: SECRETS.panelApiKey, api_secret: SECRETS.panelApiSecret },
  }),
  'POST /api/v2/nodes/{id}/test': () => ({ as: 'staff' }),
  'POST /api/v2/nodes/{id}/panel-credentials': () => ({ as: 'staff', body: {} }),
  'GET /api/v2/nodes/{id}/panel-credentials': () => ({ as: 'staff' }),
  'DELETE /api/v2/nodes/{id}/panel-credentials/{credentialId}': () => ({ as: 'staff' }),
  'GET /api/v2/incidents': () => ({ as: 'staff' }),
  'POST /api/v2/incidents/{id}/decisions': () => ({
    as: 'staff',
    body: { action: 'retry', input: { node_id: ids.nodes }, note: 'It was full.' },
  }),
  'GET /api/v2/incidents/{id}': () => ({ as: 'staff' }),
  'GET /api/v2/tasks': () => ({ as: 'staff' }),
  'POST /api/v2/tasks/{id}/done': () => ({ as: 'staff' }),
  'POST /api/v2/workflows/restart': () => ({ as: 'staff', body: { workflow_id: `order/${ids.orders}` } }),
  'GET /api/v2/panel-password/{token}': () => ({}),
  'POST /api/v2/panel-password': () => ({ body: { token: ids['panel-password'], password: PASSWORD } }),
  'POST /api/v2/api-keys': () => ({
    as: 'staff',
    body: {
      name: 'metrics',
      scopes: ['reports.read'],
      allowed_networks: ['203.0.113.0/24'],
      expires_at: '2099-01-01T00:00:00Z',
    },
  }),
  'GET /api/v2/api-keys': () => ({ as: 'staff' }),
  'DELETE /api/v2/api-keys/{id}': () => ({ as: 'staff' }),
  'POST /api/stripe/webhook': () => stripeEvent(parts.clock()),
  'POST /webhooks/stripe/{account}': () => ({ ...stripeEvent(parts.clock()), ids: { stripe: 'main' } }),
  'POST /temporal/codec/{token}/encode': () => ({ body: { payloads: [payload] }, ids: { codec: CODEC_TOKEN } }),
  'POST /temporal/codec/{token}/decode': () => ({ body: { payloads: [payload] }, ids: { codec: CODEC_TOKEN } }),
  'GET /api/v2/audit': () => ({ as: 'staff', query: '?limit=100' }),
  'GET /api/v2/audit/verify': () => ({ as: 'staff' }),
  // The order is final then, so its events end.
  'GET /api/v2/orders/{id}/events': () => ({ as: 'customer' }),
  'DELETE /api/v2/sessions': () => ({ as: 'customer' }),
  'DELETE /api/v2/sessions/{id}': () => ({ as: 'customer' }),
});

/** What a good answer of takes more than a request; each is shown in its own tests. */
export const ELSEWHERE = [
  'POST /api/v1/licenses/validate',
  'POST /api/v2/me/password',
  'POST /api/v2/me/re-authenticate',
  'POST /api/v2/me/recovery-codes',
  'POST /api/v2/me/second-factor',
  'POST /api/v2/me/second-factor/confirm',
  'POST /api/v2/me/second-factor/put-off',
  'POST /api/v2/me/second-factor/remove',
  'POST /api/v2/setup',
  'POST /api/v2/sign-out',
  'POST /api/v2/staff/sign-in',
  'POST /webhooks/paypal/{account}',
  'POST /api/paypal/webhook',
  'OPTIONS /temporal/codec/{token}/{what}',
];
