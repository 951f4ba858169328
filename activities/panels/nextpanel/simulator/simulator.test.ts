import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createNextPanelSimulator, type NextPanelSimulatorConfig } from './simulator.ts';

const KEY = { key_id: 'npk_simulator-test', key_secret: 'nps_simulator-test-secret' };
const headers = { 'x-api-key': KEY.key_id, 'x-api-secret': KEY.key_secret };
const account = {
  username: 'c7k2m9q4',
  email: 'ines@harbor-bakery.example',
  password: 'vL3!rk8Zp0wQe6T',
  package_id: '4',
  billing_id: 'customer-1',
  metadata: { billing_service_id: 'service-1' },
};
const ACCOUNTS = '/api/v1/billing/accounts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** The fields of answers that the tests go on with. */
interface Body {
  id: number;
  access_token: string;
  key_id: string;
  key_secret: string;
  detail: unknown[];
}

function open(config: NextPanelSimulatorConfig = {}) {
  const simulator = createNextPanelSimulator({ keys: [KEY], ...config });
  const call = async (method: string, path: string, body?: unknown, more: Record<string, string> = headers) => {
    const response = await simulator.app.request(path, {
      method,
      headers: { 'content-type': 'application/json', ...more },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      body: (type.includes('json') ? JSON.parse(text) : {}) as Body,
      text,
      headers: response.headers,
    };
  };
  return { simulator, call };
}

describe('keys', () => {
  it('are made by whoever signs in, and then open the door', async () => {
    const { call } = open({ admin: { username: 'root', password: 'correct horse' } });
    expect(await call('POST', '/api/auth/login/json', { username: 'root', password: 'wrong' })).toMatchObject({
      status: 401,
    });
    const login = await call('POST', '/api/auth/login/json', { username: 'root', password: 'correct horse' });
    const bearer = { authorization: `Bearer ${login.body.access_token}` };
    const wish = { name: 'billing', permission_level: 'billing', allowed_ips: [] };
    expect(await call('POST', '/api/api-keys/', wish, {})).toMatchObject({ status: 401 });
    const key = await call('POST', '/api/api-keys/', wish, bearer);
    expect(key).toMatchObject({ status: 201, body: { permission_level: 'billing', rate_limit_per_hour: 1_000 } });
    expect([key.body.key_id.length, key.body.key_secret.length]).toEqual([4 + 43, 4 + 64]);
    const pair = { 'x-api-key': key.body.key_id, 'x-api-secret': key.body.key_secret };
    expect(await call('GET', ACCOUNTS, undefined, pair)).toMatchObject({ status: 200, body: [] });
  });

  it.each([
    { because: 'no key', more: {}, status: 401, detail: 'Invalid API key or secret' },
    {
      because: 'a wrong secret',
      more: { ...headers, 'x-api-secret': 'nps_no' },
      status: 401,
      detail: 'Invalid API key or secret',
    },
    {
      because: 'an unknown key',
      more: { ...headers, 'x-api-key': 'npk_no' },
      status: 401,
      detail: 'Invalid API key or secret',
    },
  ])('$because is refused', async ({ more, status, detail }) => {
    expect(await open().call('GET', ACCOUNTS, undefined, more)).toMatchObject({ status, body: { detail } });
  });

  it.each([
    { change: { revoked_at: '2026-01-01T00:00:00Z' }, status: 401, detail: 'API key is revoked' },
    { change: { is_active: false }, status: 401, detail: 'API key is revoked' },
    { change: { expires_at: '2020-01-01T00:00:00Z' }, status: 401, detail: 'API key has expired' },
    {
      change: { allowed_ips: ['192.0.2.1'] },
      status: 403,
      detail: 'IP address 127.0.0.1 is not allowed for this API key',
    },
    { change: { permission_level: 'developer' }, status: 403, detail: "The user doesn't have super admin privileges" },
    { change: { scopes: ['user_management'] }, status: 403, detail: "The user doesn't have super admin privileges" },
  ])('$change is refused with "$detail"', async ({ change, status, detail }) => {
    const { call } = open();
    await call('PATCH', `/_sim/keys/${KEY.key_id}`, change);
    // Rights are checked before the body is looked at.
    expect(await call('POST', ACCOUNTS, {})).toMatchObject({ status, body: { detail } });
  });

  it('of the lowest level may read, not write; health is open to all', async () => {
    const { call } = open({ keys: [{ ...KEY, permission_level: 'read_only' }] });
    expect(await call('GET', ACCOUNTS)).toMatchObject({ status: 200 });
    expect(await call('POST', ACCOUNTS, account)).toMatchObject({ status: 403 });
    expect(await call('GET', '/api/health', undefined, {})).toMatchObject({ status: 200, body: { status: 'healthy' } });
  });

  it('have an hourly and a daily limit, with the time to wait', async () => {
    const { call, simulator } = open({ keys: [{ ...KEY, rate_limit_per_hour: 2, rate_limit_per_day: 3 }] });
    const statuses = async (times: number) => {
      const seen = [];
      for (let n = 0; n < times; n += 1) seen.push((await call('GET', ACCOUNTS)).status);
      return seen;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    const refused = await call('GET', ACCOUNTS);
    expect(refused.body).toEqual({ detail: 'Rate limit exceeded' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
    simulator.clock.advance(3_600_000);
    expect(await statuses(2)).toEqual([200, 429]);
    simulator.clock.advance(24 * 3_600_000);
    expect(await statuses(1)).toEqual([200]);
  });
});

describe('accounts', () => {
  it('live through their whole life', async () => {
    const { call } = open();
    const made = await call('POST', ACCOUNTS, account);
    expect(made).toMatchObject({
      status: 201,
      body: { username: 'c7k2m9q4', package_id: 4, status: 'active', billing_id: 'customer-1' },
    });
    const path = `${ACCOUNTS}/${made.body.id}`;
    expect(Number.isInteger(made.body.id)).toBe(true);
    expect(JSON.stringify(made.body)).not.toContain(account.password);
    expect(await call('POST', `${path}/suspend`, { reason: 'overdue' })).toMatchObject({ status: 200 });
    expect(await call('GET', path)).toMatchObject({ body: { status: 'suspended', is_active: false } });
    expect(await call('POST', `${path}/unsuspend`)).toMatchObject({ status: 200 });
    expect(await call('GET', `${path}/stats`)).toMatchObject({
      body: { user_id: made.body.id, total_domains: 0, last_login: null },
    });
    expect(await call('DELETE', path)).toMatchObject({ status: 200 });
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/suspend'],
      ['POST', '/unsuspend'],
      ['GET', '/stats'],
    ] as const) {
      expect(await call(method, path + rest, method === 'POST' ? {} : undefined)).toMatchObject({
        status: 404,
        body: { detail: 'Account not found' },
      });
    }
    expect(await call('GET', '/_sim/accounts-by-service')).toMatchObject({
      body: { 'service-1': { alive: 0, made: 1 } },
    });
  });

  it('have a name and an address of their own, until they are deleted', async () => {
    const { call } = open();
    const first = await call('POST', ACCOUNTS, account);
    expect(await call('POST', ACCOUNTS, { ...account, username: 'C7K2M9Q4', email: 'a@b.example' })).toMatchObject({
      status: 400,
      body: { detail: 'User with this username already exists' },
    });
    expect(await call('POST', ACCOUNTS, { ...account, username: 'another' })).toMatchObject({
      status: 400,
      body: { detail: 'User with this email already exists' },
    });
    await call('DELETE', `${ACCOUNTS}/${first.body.id}`);
    const second = await call('POST', ACCOUNTS, account);
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
    expect(await call('GET', '/_sim/accounts-by-service')).toMatchObject({
      body: { 'service-1': { alive: 1, made: 2 } },
    });
  });

  it('are refused as FastAPI does, the whole input included', async () => {
    const { call } = open();
    const { username: _, ...nameless } = account;
    const refused = await call('POST', ACCOUNTS, nameless);
    expect(refused).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'missing', loc: ['body', 'username'], msg: 'Field required', input: nameless }] },
    });
    expect((await call('POST', ACCOUNTS, {})).body.detail).toHaveLength(3);
    expect(await call('POST', ACCOUNTS, { ...account, package_id: 'gold' })).toMatchObject({ status: 422 });
    expect(await call('POST', ACCOUNTS, '{"username":')).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'json_invalid' }] },
    });
  });

  it('tell less where the panel does', async () => {
    const { call } = open({ returnsMetadata: false, returnsBillingId: false });
    const { body } = await call('POST', ACCOUNTS, account);
    expect(body).not.toHaveProperty('metadata');
    expect(body).not.toHaveProperty('billing_id');
  });
});

describe('what not every panel has', () => {
  it('is answered as unknown until it is switched on', async () => {
    const { call } = open({ licenses: false });
    const { body } = await call('POST', ACCOUNTS, account);
    const path = `${ACCOUNTS}/${body.id}`;
    const license = { license_key: 'NP-1', email: account.email, plan: 'starter', features: { max_domains: 5 } };
    expect(await call('POST', '/api/v1/licenses/provision', license)).toMatchObject({
      status: 404,
      body: { detail: 'Not Found' },
    });
    expect(await call('GET', '/api/v1/billing/packages')).toMatchObject({ status: 404 });
    expect(await call('PATCH', path, { package_id: 2 })).toMatchObject({ status: 405 });
    await call('POST', '/_sim/settings', { licenses: true, packages: true, patch: true });
    expect(await call('POST', '/api/v1/licenses/provision', license)).toMatchObject({ body: { user_id: body.id } });
    expect(await call('GET', '/api/v1/billing/packages')).toMatchObject({ status: 200 });
    expect(await call('PATCH', path, { package_id: 2 })).toMatchObject({ status: 200, body: { package_id: 2 } });
  });
});

describe('what a person and a test see', () => {
  it('is a page of accounts that shows text as text', async () => {
    const { call } = open();
    await call('POST', ACCOUNTS, { ...account, full_name: '<script>alert(1)</script>' });
    const page = await call('GET', '/_sim/page');
    expect(page.text).toContain('c7k2m9q4');
    expect(page.text).toContain('&lt;script&gt;');
    expect(page.text).not.toContain('<script>');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('is every call, in order', async () => {
    const { call } = open();
    await call('POST', ACCOUNTS, account);
    await call('GET', ACCOUNTS);
    const seen = JSON.parse((await call('GET', '/_sim/calls')).text) as {
      method: string;
      path: string;
      status: number;
    }[];
    expect(seen.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['POST', ACCOUNTS, 201],
      ['GET', ACCOUNTS, 200],
    ]);
  });
});

describe('a killed simulator', () => {
  it('knows afterwards what it had answered before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nextpanel-'));
    folders.push(folder);
    const stateFile = join(folder, 'nextpanel.jsonl');
    const before = open({ stateFile });
    const first = await before.call('POST', ACCOUNTS, account);
    await before.call('POST', `${ACCOUNTS}/${first.body.id}/suspend`, { reason: 'overdue' });
    const issued = before.simulator.keys.issue({ name: 'second' });

    const after = open({ stateFile });
    expect(await after.call('GET', `${ACCOUNTS}/${first.body.id}`)).toMatchObject({ body: { status: 'suspended' } });
    expect(await after.call('POST', ACCOUNTS, account)).toMatchObject({ status: 400 });
    const second = await after.call('POST', ACCOUNTS, { ...account, username: 'another', email: 'a@b.example' });
    expect(second.body.id).toBeGreaterThan(first.body.id);
    const pair = { 'x-api-key': issued.key_id, 'x-api-secret': issued.key_secret };
    expect(await after.call('GET', ACCOUNTS, undefined, pair)).toMatchObject({ status: 200 });
  });
});
