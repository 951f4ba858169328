import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { looksLikeApiKey, newApiKey } from './auth/tokens.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('apikeys');
  api = await createTestApi(db);
  admin = await api.asStaff();
});
afterAll(() => db.drop());

const make = (body: object, headers = admin.headers) =>
  api.ask('POST', '/api/v2/api-keys', { headers, body: { name: 'a key', ...body } });
const as = (key: string) => ({ authorization: `Bearer ${key}` });

describe('API keys', () => {
  it('act for their staff user with no more than their scopes', async () => {
    const { json } = await make({ scopes: ['audit.read'] });
    const me = await api.ask('GET', '/api/v2/me', { headers: as(json.key) });
    expect(me.json).toMatchObject({ kind: 'staff', id: admin.userId, permissions: ['audit.read'], csrf_token: null });
    expect((await api.ask('GET', '/api/v2/api-keys', { headers: as(json.key) })).json.code).toBe('permission_missing');
  });

  it('AUTHZ-04: lose what their user’s role loses, at once', async () => {
    const user = await api.asStaff();
    const { headers } = await api.asKey(user.userId);
    expect((await api.ask('GET', '/api/v2/api-keys', { headers })).status).toBe(200);
    await db.sql(`update user_account set role = 'support' where id = $1`, [user.userId]);
    expect((await api.ask('GET', '/api/v2/api-keys', { headers })).status).toBe(403);
    await db.sql(`update user_account set disabled_at = now() where id = $1`, [user.userId]);
    expect((await api.ask('GET', '/api/v2/me', { headers })).status).toBe(401);
  });

  it.each([
    ['a permission that does not exist', { scopes: ['everything'] }, 'scopes_refused'],
    ['a panel’s scope with others', { scopes: ['license:validate', 'audit.read'] }, 'scopes_refused'],
    ['all and more', { scopes: ['*', 'audit.read'] }, 'scopes_refused'],
    ['a network that is none', { scopes: ['*'], allowed_networks: ['home'] }, 'networks_refused'],
  ])('are not made with %s', async (_, body, code) => {
    const { status, json } = await make(body);
    expect([status, json.code]).toEqual([422, code]);
  });

  it('AUTHZ-04: a key cannot make one that may do more than itself', async () => {
    const { json } = await make({ scopes: ['staff.write', 'audit.read'] });
    expect((await make({ scopes: ['payments.refund'] }, as(json.key) as never)).json.code).toBe('scopes_refused');
    expect((await make({ scopes: ['*'] }, as(json.key) as never)).json.code).toBe('scopes_refused');
    expect((await make({ scopes: ['audit.read'] }, as(json.key) as never)).status).toBe(201);
  });

  it('PANEL-02: a panel’s key acts for nobody', async () => {
    const { json } = await make({ scopes: ['license:validate'] });
    expect((await api.ask('GET', '/api/v2/me', { headers: as(json.key) })).status).toBe(401);
  });

  it('PANEL-02: the database has only the hash, lists never show the key', async () => {
    const { json } = await make({ scopes: ['*'] });
    const rows = await db.sql<{ text: string }>(`select row_to_json(k)::text as text from api_key k`);
    const list = await api.ask('GET', '/api/v2/api-keys', { headers: admin.headers });
    expect(rows.map(({ text }) => text).join() + list.text).not.toContain(json.key);
    expect(list.json.api_keys.length).toBeGreaterThan(0);
  });

  it('are worth nothing once revoked or expired, or from elsewhere than allowed', async () => {
    const revoked = (await make({ scopes: ['*'] })).json;
    expect((await api.ask('DELETE', `/api/v2/api-keys/${revoked.id}`, { headers: admin.headers })).status).toBe(204);
    expect((await api.ask('DELETE', `/api/v2/api-keys/${revoked.id}`, { headers: admin.headers })).status).toBe(404);
    const expired = (await make({ scopes: ['*'], expires_at: '2020-01-01T00:00:00Z' })).json;
    const local = (await make({ scopes: ['*'], allowed_networks: ['192.0.2.0/24'] })).json;
    for (const { key } of [revoked, expired, local]) {
      expect((await api.ask('GET', '/api/v2/me', { headers: as(key) })).status).toBe(401);
    }
    expect((await api.ask('GET', '/api/v2/me', { headers: as(local.key), from: '192.0.2.9' })).status).toBe(200);
  });

  it('a bad key is nobody, also with a good cookie beside it', async () => {
    for (const authorization of [`Bearer ${newApiKey()}`, 'Bearer hw_short', 'Basic YTpi', 'Bearer']) {
      const { status } = await api.ask('GET', '/api/v2/me', { headers: { ...admin.headers, authorization } });
      expect([authorization, status]).toEqual([authorization, 401]);
    }
  });

  it('need no CSRF token, as no browser sends them by itself', async () => {
    const { headers } = await api.asKey(admin.userId);
    expect((await make({ scopes: ['*'] }, headers as never)).status).toBe(201);
  });

  it('do not change their user’s password', async () => {
    const { headers } = await api.asKey(admin.userId);
    const body = { current_password: 'x', new_password: 'something long enough' };
    expect((await api.ask('POST', '/api/v2/me/password', { headers, body })).json.code).toBe('session_needed');
  });

  it('AUTH-16: their first use from a network is written down, once', async () => {
    const { id, headers } = await api.asKey(admin.userId);
    for (const from of ['198.51.100.1', '198.51.100.1', '198.51.100.2']) {
      await api.ask('GET', '/api/v2/me', { headers, from });
    }
    const rows = await db.sql(
      `select after->>'network' as network from audit_entry where action = 'api_key.new_network' and object_id = $1 order by at, network`,
      [id],
    );
    expect(rows).toEqual([{ network: '198.51.100.1' }, { network: '198.51.100.2' }]);
  });

  it('a mistyped key is told from a wrong one without asking the database', () => {
    const key = newApiKey();
    expect(looksLikeApiKey(key)).toBe(true);
    expect(looksLikeApiKey(`${key.slice(0, 10)}${key[10] === 'a' ? 'b' : 'a'}${key.slice(11)}`)).toBe(false);
    expect(looksLikeApiKey(key.slice(0, -1))).toBe(false);
  });
});
