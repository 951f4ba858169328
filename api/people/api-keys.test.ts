import { randomBytes } from 'node:crypto';
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
    ['a network that is none', { scopes: ['*'], allowed_networks: ['home'] }, 'invalid_request'],
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

  describe('AUTHZ-04: made with a key', () => {
    const networks = ['192.0.2.0/24', '2001:db8::/48'];
    const until = '2099-01-01T00:00:00.000Z';
    const maker = async (body: object = {}) => {
      const { json } = await make({ scopes: ['*'], allowed_networks: networks, expires_at: until, ...body });
      const by = (wish: object) =>
        api.ask('POST', '/api/v2/api-keys', {
          headers: as(json.key),
          from: '192.0.2.9',
          body: { name: 'child', ...wish },
        });
      return { id: json.id as string, by };
    };

    it('it has the networks and the end of that key, unless it has less', async () => {
      const { id, by } = await maker();
      expect((await by({ scopes: ['audit.read'] })).json).toMatchObject({
        made_by: id,
        allowed_networks: networks,
        expires_at: until,
      });
      const less = { allowed_networks: ['192.0.2.8/29', '2001:db8::1'], expires_at: '2098-01-01T00:00:00.000Z' };
      expect((await by({ scopes: ['*'], ...less })).json).toMatchObject(less);
    });

    it.each([
      ['another network', { allowed_networks: ['198.51.100.1'] }, 'networks_refused'],
      ['a wider one', { allowed_networks: ['192.0.2.8', '192.0.0.0/16'] }, 'networks_refused'],
      ['all of IPv6', { allowed_networks: ['::/0'] }, 'networks_refused'],
      ['a later end', { expires_at: '2099-01-01T00:00:01.000Z' }, 'expiry_refused'],
    ])('not with %s', async (_, body, code) => {
      const { by } = await maker();
      const { status, json } = await by({ scopes: ['audit.read'], ...body });
      expect([status, json.code]).toEqual([422, code]);
    });

    it('a key with some permissions makes none for panels', async () => {
      const { by } = await maker({ scopes: ['staff.write'] });
      expect((await by({ scopes: ['license:validate'] })).json.code).toBe('scopes_refused');
    });

    it('it ends with that key, and so does what it made, also a panel’s', async () => {
      const { id, by } = await maker({ allowed_networks: [] });
      const child = (await by({ scopes: ['*'] })).json;
      const grandchild = await api.ask('POST', '/api/v2/api-keys', {
        headers: as(child.key),
        body: { name: 'grandchild', scopes: ['license:validate'] },
      });
      expect((await api.ask('GET', '/api/v2/me', { headers: as(child.key) })).status).toBe(200);
      await api.ask('DELETE', `/api/v2/api-keys/${id}`, { headers: admin.headers });
      expect((await api.ask('GET', '/api/v2/me', { headers: as(child.key) })).status).toBe(401);
      const living = await db.sql('select id from api_key where id = any($1) and revoked_at is null', [
        [child.id, grandchild.json.id],
      ]);
      expect(living).toEqual([]);
    });

    it('none is left of a key that is revoked while it makes some', async () => {
      const { id, by } = await maker();
      const made = Array.from({ length: 8 }, () => by({ scopes: ['*'] }));
      const revoked = api.ask('DELETE', `/api/v2/api-keys/${id}`, { headers: admin.headers });
      const statuses = (await Promise.all([...made, revoked])).map(({ status }) => status);
      expect(statuses.filter((status) => ![201, 204, 401].includes(status))).toEqual([]);
      expect(await db.sql('select from api_key where made_by_key_id = $1 and revoked_at is null', [id])).toEqual([]);
    });

    it('the database holds it, whatever the code does', async () => {
      const { id } = await maker();
      const insert = (expires: string | null) =>
        db.sql(
          `insert into api_key (id, name, key_hash, scopes, made_by_key_id, created_at, expires_at) values (gen_random_uuid(), 'x', $1, '{*}', $2, now(), $3)`,
          [randomBytes(32), id, expires],
        );
      await expect(insert(null)).rejects.toMatchObject({ constraint: 'api_key_within_parent' });
      await expect(insert('2100-01-01')).rejects.toMatchObject({ constraint: 'api_key_within_parent' });
      await db.sql('update api_key set revoked_at = now() where id = $1', [id]);
      await expect(insert('2098-01-01')).rejects.toMatchObject({ constraint: 'api_key_within_parent' });
    });
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

  it('AUTHZ-04: another key of the same user is not shown the answer that one got under an Idempotency-Key', async () => {
    const free = await api.asKey(admin.userId);
    const narrow = (await make({ scopes: ['*'], allowed_networks: ['203.0.113.0/24'] })).json;
    const ask = (headers: Record<string, string>) =>
      api.ask('POST', '/api/v2/api-keys', {
        headers: { ...headers, 'idempotency-key': 'one-key-for-both' },
        body: { name: 'free', scopes: ['*'] },
      });
    const made = await ask(free.headers);
    expect((await ask(free.headers)).json.key).toBe(made.json.key);
    const other = await ask(as(narrow.key));
    expect(other.json).toMatchObject({ made_by: narrow.id, allowed_networks: ['203.0.113.0/24'] });
    expect(other.json.key).not.toBe(made.json.key);
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
