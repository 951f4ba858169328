import { Registry } from 'prom-client';
import { newId, reference } from '#domain/ids.ts';
import { licensePepper, storeLicenseKey } from '#db/licenses/license-keys.ts';
import { issuePanelCredential } from '#db/secrets/panel-credentials.ts';
import { createSealer, sha256 } from '#db/secrets/seal.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { signQuestion } from '../signatures/panel-signature.ts';
import { licenseRoutes, type LicenseParts } from '../check/serve.ts';

/** The instant all license tests start at: a whole second. */
export const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 0);
export const PATH = '/api/v1/licenses/validate';
const HOST = 'billing.example';

export interface PanelKeys {
  id: string;
  keyId: string;
  secret: string;
  nodeId: string;
}

export interface Body {
  valid: boolean;
  remaining_quota: number | null;
  error: string | null;
  code: string | null;
  limit: number | null;
  current: number | null;
  expires_at: string | null;
  cache_seconds: number;
  nonce: string | null;
  issued_at: number;
}

/** Rows and requests of the license tests, in the trade's words. */
export async function licenseTestBed() {
  const database = await createTestDatabase('license');
  const sealer = createSealer([{ id: 'k1', key: Buffer.alloc(32, 5) }]);
  const pepper = licensePepper(Buffer.alloc(32, 6).toString('base64'));
  let nowMs = NOW_MS;
  let nonces = 0;
  const logged: { level: string; fields: unknown; text: string }[] = [];
  const say = (level: string) => (fields: unknown, text: string) => void logged.push({ level, fields, text });
  const opened: { close(): Promise<void> }[] = [];
  const { customerId, planId, priceId } = await seedCustomer(database);

  const bed = {
    database,
    sealer,
    logged,
    get nowMs() {
      return nowMs;
    },
    /** Moves the clock of the process; the database has its own. */
    pass(seconds: number) {
      nowMs += seconds * 1000;
    },

    open(parts: Partial<LicenseParts> & { peer?: string } = {}) {
      const metrics = new Registry();
      const routes = licenseRoutes({
        databaseUrl: database.url('license'),
        sealer,
        pepper,
        trustedProxies: [],
        hosts: new Set([HOST]),
        metrics,
        log: { info: say('info'), warn: say('warn'), error: say('error') } as never,
        nowMs: () => nowMs,
        // On a slow machine an answer is late; that it is then unknown, its own test asks.
        statementMs: 30_000,
        ...parts,
      });
      opened.push(routes);
      const send = (path: string, init: RequestInit, peer = parts.peer ?? '203.0.113.7') =>
        Promise.resolve(
          routes.app.request(
            path,
            { method: 'POST', ...init, headers: { host: HOST, ...(init.headers as Record<string, string>) } },
            { incoming: { socket: { remoteAddress: peer } } } as never,
          ),
        );
      return { ...routes, metrics, send };
    },

    async node(name = `node-${newId()}`): Promise<string> {
      const id = newId();
      await database.sql(
        `insert into node (id, name, panel, base_url, credentials, credentials_changed_at, capacity, created_at)
         values ($1, $2, 'nextpanel', 'https://panel.example', '', now(), 10, now())`,
        [id, name],
      );
      return id;
    },

    async panel(nodeId: string, columns: Record<string, unknown> = {}): Promise<PanelKeys> {
      const id = newId();
      const { keyId, secret, sealed } = issuePanelCredential(sealer, id);
      await insert(database, 'panel_credential', {
        id,
        key_id: keyId,
        node_id: nodeId,
        secret: sealed,
        created_at: new Date(NOW_MS),
        ...columns,
      });
      return { id, keyId, secret, nodeId };
    },

    async apiKey(columns: Record<string, unknown> = {}): Promise<string> {
      const token = `hw_${newId()}`;
      await insert(database, 'api_key', {
        id: newId(),
        name: 'test',
        key_hash: sha256(token),
        scopes: ['license:validate'],
        created_at: new Date(NOW_MS),
        ...columns,
      });
      return token;
    },

    async license(
      key: string,
      nodeId: string | null,
      columns: Record<string, unknown> = {},
      quotas: Record<string, [quota: number, gauge: number, held?: number]> = { create_database: [50, 40] },
    ): Promise<string> {
      const id = newId();
      const { hash, sealed, hint } = storeLicenseKey(key, pepper, sealer, id);
      await insert(database, 'license', {
        id,
        customer_id: customerId,
        service_id: await seedService(database, customerId, planId, priceId),
        plan_id: planId,
        key_hash: hash,
        key_sealed: sealed,
        key_hint: hint,
        status: 'active',
        node_id: nodeId,
        issued_at: new Date(NOW_MS),
        ...columns,
      });
      for (const [feature, [quota, gauge, held = 0]] of Object.entries(quotas)) {
        await insert(database, 'license_quota', {
          license_id: id,
          customer_id: customerId,
          feature,
          quota,
          gauge,
          held,
        });
      }
      return id;
    },

    /** A request as a panel sends it. */
    signed(
      panel: Pick<PanelKeys, 'keyId' | 'secret'>,
      question: unknown,
      {
        body = JSON.stringify(question),
        path = PATH,
        nonce = `nonce-${(nonces += 1)}`,
        timestamp = String(Math.floor(nowMs / 1000)),
      } = {},
    ): RequestInit & { headers: Record<string, string>; body: string } {
      const signature = signQuestion(panel.secret, {
        timestamp,
        nonce,
        method: 'POST',
        path,
        body: Buffer.from(body),
      });
      return {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-panel-id': panel.keyId,
          'x-panel-timestamp': timestamp,
          'x-panel-nonce': nonce,
          'x-panel-signature': signature,
        },
      };
    },

    async close() {
      for (const each of opened) await each.close().catch(() => {});
      await database.drop();
    },
  };
  return bed;
}
export type LicenseTestBed = Awaited<ReturnType<typeof licenseTestBed>>;

export const plain = (question: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: JSON.stringify(question),
  headers: { 'content-type': 'application/json', ...headers },
});

export const read = async (response: Response): Promise<Body> => (await response.json()) as Body;

async function insert(database: TestDatabase, table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row);
  const places = names.map((_, i) => `$${i + 1}`);
  await database.sql(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(row));
}

async function seedCustomer(database: TestDatabase) {
  const [customerId, planId, priceId] = [newId(), newId(), newId()];
  const at = new Date(NOW_MS);
  await insert(database, 'customer', {
    id: customerId,
    reference: reference('C', customerId),
    email: 'ada@example.com',
    name: 'Ada',
    country: 'DE',
    created_at: at,
  });
  await insert(database, 'plan', { id: planId, code: 'starter', name: 'Starter', panel: 'nextpanel', created_at: at });
  await insert(database, 'plan_price', {
    id: priceId,
    plan_id: planId,
    cycle: 'monthly',
    currency: 'EUR',
    amount_minor: 2_900,
    created_at: at,
  });
  return { customerId, planId, priceId };
}

/** What a license hangs on: an order, its subscription, its service. */
async function seedService(database: TestDatabase, customerId: string, planId: string, priceId: string) {
  const [orderId, subscriptionId, serviceId] = [newId(), newId(), newId()];
  const at = new Date(NOW_MS);
  await insert(database, '"order"', {
    id: orderId,
    reference: reference('O', orderId),
    customer_id: customerId,
    status: 'active',
    gateway: 'stripe',
    currency: 'EUR',
    total_minor: 2_900,
    placed_at: at,
  });
  await insert(database, 'subscription', {
    id: subscriptionId,
    reference: reference('SUB', subscriptionId),
    customer_id: customerId,
    order_id: orderId,
    plan_id: planId,
    plan_price_id: priceId,
    cycle: 'monthly',
    status: 'active',
    anchor_day: 21,
    billing_zone: 'UTC',
    period_start: '2026-11-21',
    paid_through: '2026-12-21',
    created_at: at,
  });
  await insert(database, 'service', {
    id: serviceId,
    reference: reference('S', serviceId),
    customer_id: customerId,
    subscription_id: subscriptionId,
    status: 'active',
    created_at: at,
  });
  return serviceId;
}
