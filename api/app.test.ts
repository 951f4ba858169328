import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { describeApi } from './operation/openapi.ts';
import { createTestApi, TEST_ORIGIN, type TestApi, type TestSession } from './testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
let customer: TestSession;
let admin: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('app');
  api = await createTestApi(db);
  customer = await api.asCustomer();
  admin = await api.asStaff();
});
afterAll(() => db.drop());

describe('the edge', () => {
  it.each([
    ['an answer', '/api/v2/plans', 200],
    ['a refusal', '/api/v2/me', 401],
    ['nothing there', '/nothing/here', 404],
    ['dots in disguise', '/api/v2/%2e%2e/me', 404],
  ])('WEB-04: %s has every security header', async (_, path, status) => {
    const answer = await api.ask('GET', path);
    expect(answer.status).toBe(status);
    const { headers } = answer;
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('permissions-policy')).toBeTruthy();
    expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
  });

  it('LOG-03: refusals are problem details with a code and the request id, and nothing else', async () => {
    const { json, headers } = await api.ask('GET', '/api/v2/me');
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(Object.keys(json).sort()).toEqual(['code', 'detail', 'request_id', 'status', 'title', 'type']);
    expect(json.request_id).toBe(headers.get('x-request-id'));
  });

  it('IN-09: answers to configured hosts only', async () => {
    const { status, json } = await api.ask('GET', '/api/v2/plans', { headers: { host: 'evil.example' } });
    expect([status, json.code]).toEqual([421, 'unknown_host']);
    expect((await api.ask('GET', '/healthz', { headers: { host: '10.1.2.3:3000' } })).status).toBe(200);
  });

  it('leaves to older clients what is theirs: under /api/v1 there is only the license question', async () => {
    for (const path of ['/api/v1/plans', '/api/v1/me', '/api/v1/orders', '/api/v1']) {
      const { status, headers } = await api.ask('GET', path);
      expect([path, status, headers.get('content-type')]).toEqual([path, 404, 'application/problem+json']);
    }
  });

  it('IN-09: methods that no route declares are refused, and an override header changes nothing', async () => {
    const put = await api.ask('PUT', '/api/v2/me');
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const override = await api.ask('GET', '/api/v2/sessions', {
      headers: { ...customer.headers, 'x-http-method-override': 'DELETE' },
    });
    expect(override.json.sessions).toHaveLength(1);
  });

  it('IN-02: an address longer than 8 KiB is refused', async () => {
    expect((await api.ask('GET', `/api/v2/plans?a=${'x'.repeat(8200)}`)).status).toBe(414);
  });

  it('IN-02: 64 KiB are taken and a byte more is not, with or without a length', async () => {
    const body = (size: number) => {
      const frame = JSON.stringify({ email: 'a@b.example', password: '' });
      return frame.replace('""', `"${'x'.repeat(size - frame.length)}"`);
    };
    expect((await api.ask('POST', '/api/v2/sign-in', { body: body(65_536) })).status).toBe(422);
    expect((await api.ask('POST', '/api/v2/sign-in', { body: body(65_537) })).status).toBe(413);
    const announced = { 'content-length': '65537' };
    expect((await api.ask('POST', '/api/v2/sign-in', { body: body(65_537), headers: announced })).status).toBe(413);
  });

  it('IN-02: a compressed body is refused', async () => {
    const { status, json } = await api.ask('POST', '/api/v2/sign-in', {
      body: '{}',
      headers: { 'content-encoding': 'gzip' },
    });
    expect([status, json.code]).toEqual([415, 'compressed_body']);
  });

  it('AUTHZ-06, IN-01: unknown fields are named, values are not repeated', async () => {
    const { status, json, text } = await api.ask('POST', '/api/v2/sign-in', {
      body: { email: 'not-an-address-hunter2', password: 'x', role: 'super_admin', is_admin: true },
    });
    expect([status, json.code]).toEqual([422, 'invalid_request']);
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/email',
      '/is_admin',
      '/role',
    ]);
    expect(text).not.toContain('hunter2');
  });

  it('only JSON is taken', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await api.ask('POST', '/api/v2/sign-in', { body: '{}', headers })).status).toBe(415);
  });

  it('a slash at the end changes nothing', async () => {
    expect((await api.ask('GET', '/api/v2/plans/')).status).toBe(200);
  });

  it('LIM-01: an anonymous client has 60 requests a minute; the answer says how many are left', async () => {
    const strict = await createTestApi(db, { limitFactor: 1, clock: () => new Date('2026-11-21T10:00:00Z') });
    const answers = [];
    for (let i = 0; i < 61; i += 1) answers.push(await strict.ask('GET', '/api/v2/gateways'));
    expect(answers.map(({ status }) => status)).toEqual([...Array(60).fill(200), 429]);
    expect(answers[0]!.headers.get('ratelimit-limit')).toBe('60');
    expect(answers.map(({ headers }) => headers.get('ratelimit-remaining')).slice(58)).toEqual(['1', '0', '0']);
    expect(answers[60]!.headers.get('retry-after')).toBe('60');
    expect((await strict.ask('GET', '/api/v2/gateways', { from: '198.51.100.1' })).status).toBe(200);
  });

  it('LIM-01: five sign-ups an hour from one address', async () => {
    const strict = await createTestApi(db, { limitFactor: 1 });
    const statuses = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await strict.ask('POST', '/api/v2/sign-up', { body: {} })).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  });
});

describe('WEB-01: other sites cannot act with a browser’s cookie', () => {
  const change = (headers: Record<string, string>) => api.ask('DELETE', '/api/v2/sessions', { headers });
  it.each([
    ['another origin', () => ({ ...customer.headers, origin: 'https://evil.example' })],
    ['an origin that ends like ours', () => ({ ...customer.headers, origin: `${TEST_ORIGIN}.evil.example` })],
    ['origin null', () => ({ ...customer.headers, origin: 'null' })],
    ['no origin', () => ({ ...customer.headers, origin: undefined })],
    ['sent by another site', () => ({ ...customer.headers, 'sec-fetch-site': 'cross-site' })],
    ['sent by a sibling site', () => ({ ...customer.headers, 'sec-fetch-site': 'same-site' })],
    ['no token', () => ({ ...customer.headers, 'x-csrf-token': undefined })],
    ['the token of another session', () => ({ ...customer.headers, 'x-csrf-token': admin.headers['x-csrf-token'] })],
    ['a form', () => ({ ...customer.headers, 'content-type': 'application/x-www-form-urlencoded' })],
    ['JSON dressed as text', () => ({ ...customer.headers, 'content-type': 'text/plain' })],
  ])('refuses %s', async (_, headers) => {
    const given = Object.fromEntries(Object.entries(headers()).filter(([, value]) => value !== undefined));
    const { status, json } = await change(given as Record<string, string>);
    expect([status, json.code]).toEqual([403, 'cross_site']);
  });

  it('lets our own pages through', async () => {
    expect((await change({ ...customer.headers, 'sec-fetch-site': 'same-origin' })).status).toBe(204);
  });

  it('nobody is signed in from another site', async () => {
    const { status } = await api.ask('POST', '/api/v2/sign-in', {
      headers: { origin: 'https://evil.example' },
      body: { email: 'a@b.example', password: 'x' },
    });
    expect(status).toBe(403);
  });

  it('WEB-02: no origin is ever allowed to read an answer', async () => {
    for (const origin of ['https://evil.example', 'null', TEST_ORIGIN]) {
      const { headers } = await api.ask('GET', '/api/v2/plans', { headers: { origin } });
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('the description of the API', () => {
  it('has every public route with its actor, its problem and its proofs', () => {
    const document = describeApi(api.app, 'https://portal.test') as unknown as {
      openapi: string;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    expect(document.openapi).toBe('3.1.0');
    for (const { method, path } of api.routes) {
      const operation = document.paths[path.replaceAll(/:([^/]+)/g, '{$1}')]?.[method.toLowerCase()];
      if (/^\/(reference|openapi|metrics|\*)/.test(path)) continue;
      expect([path, Object.keys(operation ?? {})]).toEqual([
        path,
        expect.arrayContaining(['summary', 'tags', 'x-access', 'responses']),
      ]);
    }
    expect(Object.keys(document.paths)).toContain('/api/v1/licenses/validate');
  });

  it('OPS-01: in production it is for staff, unless it is opened', async () => {
    const closed = await createTestApi(db, { env: { API_REFERENCE: 'staff' } });
    expect((await closed.ask('GET', '/openapi.json')).status).toBe(401);
    expect((await closed.ask('GET', '/openapi.json', { headers: admin.headers })).status).toBe(200);
  });
});
