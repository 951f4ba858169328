import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TEXT } from '../operation/described-texts.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { published, type Operation, type Published, type Schema } from '../testing/published.ts';
import { fill } from '../testing/shop.ts';
import { createTestApi, TEST_ORIGIN, type TestApi, type TestSession } from '../testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
let api31: Published;
let customer: TestSession;
let admin: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('bounds');
  api = await createTestApi(db, { env: { STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef' } });
  [customer, admin] = [await api.asCustomer(), await api.asStaff()];
  api31 = published(api);
});
afterAll(() => db.drop());

const headersFor = ({ access }: Operation) => {
  if (access.actor === 'customer') return { ...customer.headers, 'idempotency-key': newId() };
  return access.actor === 'staff' || access.actor === 'person' ? { ...admin.headers, 'idempotency-key': newId() } : {};
};
/** Operations of people that take JSON; the license question passes over what it does not know, by its contract. */
const writing = () =>
  api31.operations.filter(({ body, access }) => body && access.actor !== 'panel' && access.actor !== 'machine');

/** Texts, lists and numbers a schema takes without an end, by their place. */
function endless(schema: Schema, at: string): string[] {
  // Bounded by the size of a body, and its depth.
  if (String(schema['$ref']).endsWith('/AnyJson')) return [];
  const { type, properties, items, anyOf, additionalProperties, ...rules } = api31.resolve(schema);
  const types = [type].flat();
  const isBounded =
    ['maxLength', 'enum', 'format', 'const'].some((rule) => rule in rules) ||
    ('pattern' in rules && rules['pattern'] !== TEXT);
  const inner = Object.entries((properties ?? {}) as Record<string, Schema>);
  return [
    ...(types.includes('string') && !isBounded ? [at] : []),
    ...(types.includes('array') && !('maxItems' in rules) ? [at] : []),
    // Integers end where JavaScript's do.
    ...(types.includes('number') && !('maximum' in rules) ? [at] : []),
    ...inner.flatMap(([name, one]) => endless(one, `${at}/${name}`)),
    ...(items ? endless(items as Schema, `${at}/0`) : []),
    ...((anyOf ?? []) as Schema[]).flatMap((one) => endless(one, at)),
    ...(typeof additionalProperties === 'object' ? endless(additionalProperties as Schema, `${at}/*`) : []),
  ];
}

describe('IN-02: limits, met and passed by one', () => {
  it('an address of 8 KiB is taken and a byte more is not', async () => {
    const address = (bytes: number) => {
      const path = '/api/v2/plans?a=';
      return path + 'x'.repeat(bytes - TEST_ORIGIN.length - path.length);
    };
    expect((await api.ask('GET', address(8192))).status).toBe(200);
    expect((await api.ask('GET', address(8193))).status).toBe(414);
  });

  it('of a gateway 1 MiB is taken and a byte more is not', async () => {
    const deliver = (bytes: number) => api.ask('POST', '/webhooks/stripe/main', { body: 'x'.repeat(bytes) });
    expect((await deliver(1024 * 1024)).json.code).toBe('webhook_refused');
    expect((await deliver(1024 * 1024 + 1)).status).toBe(413);
  });

  it('of every operation 64 KiB are taken and a byte more is not', async () => {
    for (const operation of writing()) {
      const send = (bytes: number) =>
        api.ask(operation.method, fill(operation.path, {}), {
          body: JSON.stringify({ a: 'x'.repeat(bytes - 8) }),
          headers: headersFor(operation),
        });
      const [at, over] = [await send(65_536), await send(65_537)];
      expect([api31.nameOf(operation), at.status, over.status]).toEqual([api31.nameOf(operation), 422, 413]);
    }
  });

  it('pages have 1 to 100 rows', async () => {
    const lists = api31.operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'limit'));
    expect(lists.length).toBeGreaterThan(5);
    for (const operation of lists) {
      const statuses = [];
      for (const limit of ['1', '100', '0', '101', '1.5', '1e2x', '-1', '', 'NaN']) {
        statuses.push(
          (await api.ask('GET', `${operation.path}?limit=${limit}`, { headers: headersFor(operation) })).status,
        );
      }
      expect([operation.path, statuses]).toEqual([operation.path, [200, 200, 422, 422, 422, 422, 422, 422, 422]]);
    }
  });

  it('no text, list or number that is asked for is without an end', () => {
    const asked = api31.operations.flatMap((operation) => [
      ...(operation.body && operation.access.actor !== 'machine'
        ? endless(operation.body, api31.nameOf(operation))
        : []),
      ...operation.parameters.flatMap(({ name, schema }) => endless(schema, `${api31.nameOf(operation)} ${name}`)),
    ]);
    expect(asked).toEqual([]);
    expect(endless({ type: 'object', properties: { a: { type: 'string' } } }, 'X')).toEqual(['X/a']);
  });

  it('a field at its end is taken and a character more is not', async () => {
    const plan = (field: object) =>
      api.ask('POST', '/api/v2/plans', {
        body: { code: `p-${newId().slice(-12)}`, name: 'x', quotas: {}, ...field },
        headers: admin.headers,
      });
    const statuses = async (make: (size: number) => object, most: number) => [
      (await plan(make(most))).status,
      (await plan(make(most + 1))).status,
    ];
    expect(await statuses((size) => ({ name: 'é'.repeat(size) }), 100)).toEqual([201, 422]);
    expect(await statuses((size) => ({ description: 'x'.repeat(size) }), 2000)).toEqual([201, 422]);
    expect(await statuses((size) => ({ sort_order: size }), 1000)).toEqual([201, 422]);
    expect(await statuses((size) => ({ quotas: { a_feature: size } }), 1_000_000)).toEqual([201, 422]);
  });
});

describe('IN-07: patterns', () => {
  // Each is the start of what some pattern looks for, over and over, and then not: what backtracks, backtracks here.
  it.each(['a', 'a.', 'a@', 'a@a.', '-', '1', '1.', 'é', ' ', '::', '2001:', 'https://', 'NP-', '2026-01-01T', '\n'])(
    'a whole body of %j takes no time to be refused',
    async (bit) => {
      const text = `${bit.repeat(Math.floor(4_000 / bit.length))}!`;
      for (const operation of writing()) {
        const names = Object.keys((api31.resolve(operation.body!)['properties'] ?? {}) as Schema);
        const began = performance.now();
        const { status } = await api.ask(operation.method, fill(operation.path, {}), {
          body: Object.fromEntries(names.slice(0, 6).map((name) => [name, text])),
          headers: headersFor(operation),
        });
        // A pattern that backtracks over so much text takes minutes.
        expect([api31.nameOf(operation), status, performance.now() - began < 2_000]).toEqual([
          api31.nameOf(operation),
          422,
          true,
        ]);
      }
    },
  );
});

describe('AUTHZ-06: what only the server says', () => {
  const FIELDS = [
    'id',
    'owner',
    'customer_id',
    'user_id',
    'role',
    'permissions',
    'status',
    'total',
    'amount_minor',
    'tax',
    'balance',
    'credit',
    'paid',
    'paid_at',
    'verified',
    'limit',
    'created_at',
    'updated_at',
    'key_hash',
    'external_id',
    'gateway_payment_id',
    'health',
    'slots_taken',
    'isAdmin',
  ];

  it.each(FIELDS)('`%s` is refused by every operation that has no such field', async (field) => {
    const taken: string[] = [];
    for (const operation of writing()) {
      const known = (api31.resolve(operation.body!)['properties'] ?? {}) as Schema;
      expect([api31.nameOf(operation), field in known]).toEqual([api31.nameOf(operation), false]);
      const { status, json } = await api.ask(operation.method, fill(operation.path, {}), {
        body: { [field]: 1 },
        headers: headersFor(operation),
      });
      const pointers = (json.errors ?? []).map(({ pointer }: { pointer: string }) => pointer);
      if (status !== 422 || !pointers.includes(`/${field}`)) taken.push(`${api31.nameOf(operation)}: ${status}`);
    }
    expect(taken).toEqual([]);
    expect(writing().length).toBeGreaterThan(12);
  });
});

describe('IN-06: parameters', () => {
  it.each([
    'limit=1&limit=2',
    'limit[]=1',
    'status=open&status=paid',
    '__proto__=x',
    'constructor=x',
    'limit=1&__proto__[limit]=100',
    'nothing=1',
  ])('%s is refused', async (query) => {
    for (const path of [
      '/api/v2/orders',
      '/api/v2/invoices',
      '/api/v2/incidents',
      '/api/v2/tasks',
      '/api/v2/audit',
      '/api/v2/licenses',
    ]) {
      const { status, json } = await api.ask('GET', `${path}?${query}`, { headers: admin.headers });
      expect([path, status, json.code]).toEqual([path, 422, 'invalid_request']);
    }
  });

  it.each([
    ['NUL', '%00'],
    ['an escape of terminals', '%1b%5b31m'],
    ['a new line', 'a%0ab'],
    ['another direction', '%e2%80%aea'],
    ['nothing to see', 'a%e2%80%8bb'],
  ])('IN-04: %s in a search is refused', async (_, text) => {
    for (const path of ['/api/v2/orders?q=', '/api/v2/licenses?q=', '/api/v2/audit?action=']) {
      expect((await api.ask('GET', path + text, { headers: admin.headers })).status).toBe(422);
    }
  });

  it('IN-04: bytes that are no UTF-8 are no search and no name', async () => {
    expect((await api.ask('GET', '/api/v2/orders?q=%ff%fe', { headers: admin.headers })).status).toBeLessThan(500);
    expect((await api.ask('GET', '/api/v2/orders/%ff', { headers: admin.headers })).status).toBe(422);
  });

  it('IN-04: names are kept in one form, however they were typed', async () => {
    const body = { code: 'composed', name: 'Cafe\u0301', quotas: {} };
    expect((await api.ask('POST', '/api/v2/plans', { body, headers: admin.headers })).json.name).toBe('Caf\u00e9');
  });
});
