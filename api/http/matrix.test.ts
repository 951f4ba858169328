import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { LICENSE_SCOPE } from '../people/auth/api-keys.ts';
import { PERMISSIONS, permissionsOf, ROLES, type Permission, type Role } from '../people/auth/permissions.ts';
import type { Access } from './access.ts';
import { published, type Operation, type Published } from '../testing/published.ts';
import { fill, stock, type Ids } from '../testing/shop.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

type Headers = Record<string, string>;
let db: TestDatabase;
let api: TestApi;
let ada: TestSession;
let bob: TestSession;
let bobs: Ids;
let operations: Operation[];
let named: Published['nameOf'];
beforeAll(async () => {
  db = await createTestDatabase('matrix');
  await seedFirstCatalog(db, new Date('2026-03-02T10:00:00Z'));
  api = await createTestApi(db, { env: { STRIPE_WEBHOOK_SECRET: 'whsec_x' } });
  [ada, bob] = [await api.asCustomer('ada@example.com'), await api.asCustomer('bob@example.com')];
  bobs = await stock(db, api, bob, await api.asStaff());
  ({ operations, nameOf: named } = published(api));
});
afterAll(() => db.drop());

const ask = ({ method, path }: Operation, headers: Headers, ids: Partial<Record<string, string>> = {}) =>
  api.ask(method, fill(path, ids), { headers, ...(method === 'GET' ? {} : { body: {} }) });

type Verdict = 401 | 403 | 'in';
const REFUSALS: Partial<Record<string, Verdict>> = {
  not_signed_in: 401,
  forbidden: 403,
  permission_missing: 403,
  session_needed: 403,
};
const verdictOf = (code: string | undefined): Verdict => REFUSALS[code ?? ''] ?? 'in';

/** Everybody who can ask; each time anew, as some operations end the session they are asked with. */
const asStaff = async (role: Role): Promise<Headers> => (await api.asStaff(role)).headers;
const asKey = async (role: Role, scopes: string[]): Promise<Headers> =>
  (await api.asKey((await api.asStaff(role)).userId, scopes)).headers;
const asPanelKey = async (): Promise<Headers> => {
  const body = { name: 'panel', scopes: [LICENSE_SCOPE] };
  const { json } = await api.ask('POST', '/api/v2/api-keys', { body, headers: await asStaff('super_admin') });
  return { authorization: `Bearer ${json.key}` };
};
const ALL = new Set<Permission>(PERMISSIONS);
interface Actor {
  /** Staff are what they may. */
  kind: 'nobody' | 'customer' | ReadonlySet<Permission>;
  isSession?: boolean;
  headers(): Promise<Headers>;
}
const actors: Record<string, Actor> = {
  anonymous: { kind: 'nobody', headers: async () => ({}) },
  'customer A': { kind: 'customer', headers: async () => (await api.asCustomer()).headers },
  'customer B, who owns things': { kind: 'customer', headers: async () => bob.headers },
  ...Object.fromEntries(
    (Object.keys(ROLES) as Role[]).map((role) => [
      role,
      { kind: permissionsOf(role), isSession: true, headers: () => asStaff(role) },
    ]),
  ),
  'a key that may all its user may': { kind: ALL, headers: () => asKey('super_admin', ['*']) },
  'a key for one thing': { kind: new Set(['audit.read']), headers: () => asKey('super_admin', ['audit.read']) },
  'a key for what its user may not': { kind: new Set(), headers: () => asKey('support', ['audit.read']) },
  'a key of a panel': { kind: 'nobody', headers: asPanelKey },
  'a panel, by its signature': {
    kind: 'nobody',
    headers: async () => ({
      'x-panel-id': 'pk_1',
      'x-panel-timestamp': String(Math.floor(Date.now() / 1000)),
      'x-panel-nonce': newId(),
      'x-panel-signature': `v1=${'0'.repeat(64)}`,
    }),
  },
  'a cookie that is none': { kind: 'nobody', headers: async () => ({ cookie: `__Host-sid=${'a'.repeat(43)}` }) },
  'a good cookie under a bad key': {
    kind: 'nobody',
    headers: async () => ({ ...(await api.asStaff()).headers, authorization: 'Bearer hw_nothing' }),
  },
};

/** What the published declaration says must come of it. */
function declared(access: Access, { kind, isSession }: Pick<Actor, 'kind' | 'isSession'>): Verdict {
  if (access.actor === 'anonymous' || access.actor === 'gateway' || access.actor === 'panel') return 'in';
  if (kind === 'nobody') return 401;
  if (kind === 'customer') return access.actor === 'staff' ? 403 : 'in';
  if (access.actor === 'customer') return 403;
  if (!('permission' in access) || access.permission === 'self') return 'in';
  if (access.permission === 'session' || access.permission === 'enrolment') return isSession ? 'in' : 403;
  return kind.has(access.permission) ? 'in' : 403;
}

describe('AUTHZ-01: all operations by everybody', () => {
  it('what is published is what is routed, and each says who may', () => {
    // Pages, the reference and the metrics are no operations of the API; their access is declared all the same.
    const routed = api.routes.filter(({ path }) => !/^\/(reference|openapi\.json|metrics|\*)/.test(path));
    const published = operations.filter(({ path }) => path !== '/api/v1/licenses/validate');
    expect(published.map(named).sort()).toEqual(
      routed.map((route) => named({ ...route, path: route.path.replaceAll(/:(\w+)/g, '{$1}') })).sort(),
    );
    expect(operations.filter(({ access }) => !access?.actor)).toEqual([]);
  });

  it('every permission an operation names exists', () => {
    const asked = operations.flatMap(({ access }) => ('permission' in access ? [access.permission] : []));
    const permissions = asked.filter((one) => one !== 'self' && one !== 'session' && one !== 'enrolment');
    expect(permissions.length).toBeGreaterThan(10);
    expect(permissions.filter((one) => !PERMISSIONS.includes(one))).toEqual([]);
  });

  it.each(Object.keys(actors))('%s', async (name) => {
    const actor = actors[name]!;
    const wrong: string[] = [];
    for (const operation of operations) {
      // Tools of operation decide for themselves, and the license path is apart; both are tested where they are.
      if (operation.access.actor === 'machine' || operation.access.actor === 'panel') continue;
      // Bob is asked again below.
      if (name.includes('B') && /sign-out|sessions$/.test(operation.path) && operation.method !== 'GET') continue;
      const { status, json } = await ask(operation, await actor.headers());
      const [got, want] = [verdictOf(json?.code), declared(operation.access, actor)];
      if (got !== want) wrong.push(`${named(operation)}: ${got}, declared ${want} (${status} ${json?.code})`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('AUTHZ-02: what belongs to another', () => {
  const owned = () =>
    operations.filter(({ path, access }) => path.includes('{') && ['customer', 'person'].includes(access.actor));
  /** All of an answer but what differs between any two. */
  const bytes = ({ status, headers, text }: { status: number; headers: globalThis.Headers; text: string }) => ({
    status,
    headers: [...headers].filter(([name]) => !/^(x-request-id|ratelimit-)/.test(name)),
    text: text.replace(/"request_id":"[^"]+"/, ''),
  });

  it('is every operation that names a thing, events included', () => {
    expect(owned().map(named).sort()).toEqual([
      'DELETE /api/v2/sessions/{id}',
      'GET /api/v2/invoices/{id}',
      'GET /api/v2/orders/{id}',
      'GET /api/v2/orders/{id}/events',
      'POST /api/v2/licenses/{id}/reveal',
    ]);
  });

  it('is there for its owner, and answered byte for byte like what is missing for anybody else', async () => {
    for (const operation of owned()) {
      const [foreign, missing] = [await ask(operation, ada.headers, bobs), await ask(operation, ada.headers)];
      expect([named(operation), foreign.status]).toEqual([named(operation), 404]);
      expect(bytes(foreign)).toEqual(bytes(missing));
      expect(foreign.json.code).not.toBe('route_not_found');
      // Events go on until the order is final, and the session is what he asks with.
      if (/events|sessions/.test(operation.path)) continue;
      expect([named(operation), (await ask(operation, bob.headers, bobs)).status]).toEqual([named(operation), 200]);
    }
  });

  it.each(['orders', 'invoices', 'licenses'])('is in no list of %s, by page, search, header or query', async (list) => {
    const get = (query: string, headers: Headers = {}) =>
      api.ask('GET', `/api/v2/${list}${query}`, { headers: { ...ada.headers, ...headers } });
    expect((await api.ask('GET', `/api/v2/${list}`, { headers: bob.headers })).json[list]).toHaveLength(1);
    const names: Headers = {
      'x-customer-id': bob.customerId,
      'x-user-id': bob.userId,
      'x-forwarded-user': 'bob@example.com',
    };
    expect((await get('', names)).json).toEqual({ [list]: [], next: null });
    const after = bobs[list as 'orders'];
    expect(bytes(await get(`?after=${after}`))).toEqual(bytes(await get(`?after=${newId()}`)));
    expect((await get(`?customer_id=${bob.customerId}`)).status).toBe(422);
    for (const q of ['bob@example.com', after, 'O-', '%25', 'NP-', "' or 1=1 --"]) {
      const found = await get(`?q=${encodeURIComponent(q)}`);
      expect(found.status === 422 ? [] : found.json[list]).toEqual([]);
    }
  });

  it('AUTHZ-03: numbers that people read are keys to nothing, not even for the owner', async () => {
    const [row] = await db.sql<Record<string, string>>(
      `select o.reference as "order", i.number as invoice, c.reference as customer, k.key_hint as license, s.reference as service
       from "order" o join invoice i on i.order_id = o.id join customer c on c.id = o.customer_id
       join license k on k.customer_id = c.id join service s on s.customer_id = c.id where o.id = $1`,
      [bobs.orders],
    );
    const guesses = [
      ...Object.values(row!),
      row!['invoice']!.replace(/\d+$/, '000001'),
      '1',
      '2',
      '000001',
      '-1',
      '0x1',
    ];
    for (const operation of owned()) {
      for (const guess of guesses) {
        const ids = Object.fromEntries(Object.keys(bobs).map((word) => [word, encodeURIComponent(guess)]));
        expect([named(operation), guess, (await ask(operation, bob.headers, ids)).status]).toEqual([
          named(operation),
          guess,
          422,
        ]);
      }
    }
  });

  it('AUTHZ-03: the ids around a known one lead nowhere', async () => {
    const beside = (id: string, step: bigint) => {
      const hex = (BigInt(`0x${id.replaceAll('-', '')}`) + step).toString(16).padStart(32, '0');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    };
    for (const operation of owned()) {
      for (const step of [-2n, -1n, 1n, 2n, 1n << 20n, 1n << 42n]) {
        const ids = Object.fromEntries(
          ['orders', 'invoices', 'licenses', 'sessions'].map((word) => [word, beside(bobs[word as 'orders'], step)]),
        );
        expect([named(operation), (await ask(operation, bob.headers, ids)).status]).toEqual([named(operation), 404]);
      }
    }
  });
});
