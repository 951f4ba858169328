import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createTestApi } from '../testing/harness.ts';
import { VERSION } from './version.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('health');
});
afterAll(() => db.drop());

const up = { ping: async () => {} };

describe('health', () => {
  it('is ready when both are there', async () => {
    const api = await createTestApi(db, { temporal: up });
    const { status, json } = await api.ask('GET', '/readyz');
    expect([status, json]).toEqual([200, { status: 'ready', dependencies: { database: 'ok', temporal: 'ok' } }]);
  });

  it('is degraded but serves without Temporal', async () => {
    const api = await createTestApi(db);
    const { status, json } = await api.ask('GET', '/readyz');
    expect([status, json]).toEqual([200, { status: 'degraded', dependencies: { database: 'ok', temporal: 'away' } }]);
  });

  it('is 503 without a database, and alive', async () => {
    const gone = await createTestDatabase('healthgone');
    const api = await createTestApi(gone, { temporal: up });
    await db.sql(`alter database "${gone.name}" allow_connections false`);
    await db.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'hostwright_api'`,
      [gone.name],
    );
    const ready = await api.ask('GET', '/readyz');
    expect([ready.status, ready.json]).toEqual([
      503,
      { status: 'degraded', dependencies: { database: 'away', temporal: 'ok' } },
    ]);
    const general = await api.ask('GET', '/health');
    expect([general.status, general.json]).toMatchObject([503, { status: 'degraded', database: 'unreachable' }]);
    expect((await api.ask('GET', '/healthz')).json).toEqual({ status: 'alive' });
    // What needs it says that we do not know, not that there is nothing (LOG-04).
    const me = await api.ask('GET', '/api/v2/me', { headers: { cookie: `__Host-sid=${'a'.repeat(43)}` } });
    expect([me.status, me.json.code, me.headers.get('retry-after')]).toEqual([503, 'database_unavailable', '2']);
    expect(me.text).not.toMatch(/postgres|ECONN|healthgone|select/i);
    await gone.drop();
  });

  it('tells older scripts whether all is there, from the same facts', async () => {
    const asOf = new Date('2026-11-26T10:00:00Z');
    const api = await createTestApi(db, { temporal: up, clock: () => asOf });
    const { status, json } = await api.ask('GET', '/health');
    expect([status, json]).toEqual([
      200,
      {
        status: 'healthy',
        version: VERSION,
        database: 'connected',
        temporal: 'connected',
        timestamp: '2026-11-26T10:00:00.000Z',
      },
    ]);
    const withoutTemporal = await createTestApi(db);
    const degraded = await withoutTemporal.ask('GET', '/health');
    expect([degraded.status, degraded.json]).toMatchObject([
      503,
      { status: 'degraded', database: 'connected', temporal: 'unreachable' },
    ]);
  });

  it('OPS-01: in production the details are for this machine', async () => {
    const api = await createTestApi(db, { env: { NODE_ENV: 'production' }, temporal: up });
    expect((await api.ask('GET', '/readyz')).json).toEqual({ status: 'ready' });
    expect((await api.ask('GET', '/readyz', { from: '127.0.0.1' })).json.dependencies).toBeDefined();
  });

  it('a slow database is asked once for many probes', async () => {
    let asked = 0;
    const api = await createTestApi(db, { temporal: { ping: async () => void (asked += 1) } });
    await Promise.all(Array.from({ length: 50 }, () => api.ask('GET', '/readyz')));
    expect(asked).toBe(1);
  });
});
