import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { unavailable } from '../http/problem.ts';
import { createTestApi, type TestApi } from '../testing/harness.ts';

let now = new Date('2026-03-02T10:00:00Z');
const PASSWORD = 'correct horse battery staple';
const PANEL = 'https://panel.example';
const INITIAL = 'initial-canary-0123456789';

let db: TestDatabase;
let api: TestApi;
let worker: (wish: { serviceId: string; secretId: string }) => Promise<{ outcome: 'set' | 'not_possible' }>;
/** What the panel was told, in order. */
let panel: string[] = [];

const opened = async (secretId: string) => {
  const [row] = await db.sql<{ sealed: Buffer }>(`select sealed from service_secret where id = $1`, [secretId]);
  return row && api.parts.sealer.open(row.sealed, { table: 'service_secret', column: 'sealed', rowId: secretId });
};
const setsIt: typeof worker = async ({ serviceId, secretId }) => {
  const password = await opened(secretId);
  if (password) panel.push(password);
  await db.sql(`delete from service_secret where service_id = $1`, [serviceId]);
  return { outcome: 'set' };
};

beforeAll(async () => {
  db = await createTestDatabase('password');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, {
    clock: () => now,
    temporal: {
      executeActivity: async <R>(name: string, [wish]: unknown[]): Promise<R> => {
        expect(name).toBe('setServicePassword');
        return (await worker(wish as never)) as R;
      },
    },
  });
});
afterAll(() => db.drop());
beforeEach(() => {
  worker = setsIt;
  panel = [];
  now = new Date('2026-03-02T10:00:00Z');
});

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
/** A service with its initial password, and the link of its welcome mail. */
async function welcomed(over: { status?: string; expires_at?: Date; purpose?: string } = {}) {
  const customerId = await insert(runs, 'customer', rows.customer());
  const orderId = await insert(runs, 'order', rows.order({ customer_id: customerId }));
  const [price] = await db.sql<{ id: string; plan_id: string }>(`select id, plan_id from plan_price limit 1`);
  const of = { order_id: orderId, customer_id: customerId, plan_id: price!.plan_id, plan_price_id: price!.id };
  const subscriptionId = await insert(runs, 'subscription', rows.subscription(of));
  const serviceId = await insert(
    runs,
    'service',
    rows.service({
      subscription_id: subscriptionId,
      customer_id: customerId,
      username: 'adasite',
      node_id: await insert(runs, 'node', rows.node({ base_url: 'https://10.1.2.3:9000', public_url: PANEL })),
      status: over.status ?? 'active',
    }),
  );
  const secretId = newId();
  await insert(runs, 'service_secret', {
    id: secretId,
    service_id: serviceId,
    customer_id: customerId,
    purpose: 'initial_password',
    sealed: api.parts.sealer.seal(INITIAL, { table: 'service_secret', column: 'sealed', rowId: secretId }),
    created_at: now,
  });
  const token = randomBytes(32).toString('base64url');
  await insert(runs, 'one_time_token', {
    id: newId(),
    purpose: over.purpose ?? 'panel_password',
    token_hash: createHash('sha256').update(token).digest(),
    service_id: serviceId,
    created_at: now,
    expires_at: over.expires_at ?? new Date(now.getTime() + 7 * 24 * 3_600_000),
  });
  return { token, serviceId };
}
const look = async (token: string) => (await api.ask('GET', `/api/v2/panel-password/${token}`)).json.good as boolean;
const set = (token: string, password = PASSWORD) =>
  api.ask('POST', '/api/v2/panel-password', { body: { token, password } });

describe('the link of the welcome mail', () => {
  it('sets the password once; looking at it, as mail scanners do, does not use it', async () => {
    const { token, serviceId } = await welcomed();
    for (let i = 0; i < 3; i += 1) expect(await look(token)).toBe(true);
    expect(await set(token)).toMatchObject({
      status: 200,
      json: { outcome: 'set', username: 'adasite', panel_url: PANEL },
    });
    expect(panel).toEqual([PASSWORD]);
    expect(await look(token)).toBe(false);
    expect(await set(token, 'another password')).toMatchObject({ status: 404, json: { code: 'link_not_good' } });
    expect(panel).toEqual([PASSWORD]);
    expect(await db.sql(`select action from audit_entry where object_id = $1`, [serviceId])).toEqual([
      { action: 'service.password_change_sent' },
    ]);
  });

  it('two who use it at once are not both let in', async () => {
    const { token } = await welcomed();
    const answers = await Promise.all([set(token, 'first password here'), set(token, 'second password here')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect(panel).toHaveLength(1);
  });

  it('is still good when the panel or the worker is away', async () => {
    const { token } = await welcomed();
    worker = () => Promise.reject(unavailable('workflows_unavailable', 'away', 5));
    expect(await set(token)).toMatchObject({ status: 503, json: { code: 'panel_unavailable' } });
    expect(await look(token)).toBe(true);
    worker = setsIt;
    expect(await set(token, 'a second wish, longer')).toMatchObject({ status: 200 });
    expect(panel).toEqual(['a second wish, longer']);
  });

  it('comes back after a minute when the process died in the middle', async () => {
    const { token, serviceId } = await welcomed();
    const dies = Promise.withResolvers<never>();
    const begun = Promise.withResolvers<void>();
    worker = () => {
      begun.resolve();
      return dies.promise;
    };
    const lost = set(token);
    await begun.promise;
    expect(await look(token)).toBe(false);
    now = new Date(now.getTime() + 61_000);
    expect(await look(token)).toBe(true);
    await db.sql(`delete from service_secret where service_id = $1 and purpose = 'new_password'`, [serviceId]);
    expect(await look(token)).toBe(false);
    dies.reject(unavailable('workflows_unavailable', 'away', 5));
    await lost;
  });

  it('SECR-05: where the panel lets nobody set one, the initial password is shown once', async () => {
    const { token, serviceId } = await welcomed();
    worker = () => Promise.resolve({ outcome: 'not_possible' });
    expect(await set(token)).toMatchObject({
      status: 200,
      json: { outcome: 'revealed', username: 'adasite', panel_url: PANEL, initial_password: INITIAL },
    });
    expect(await db.sql(`select 1 from service_secret where service_id = $1`, [serviceId])).toEqual([]);
    expect(await set(token)).toMatchObject({ status: 404 });
    expect(await db.sql(`select action from audit_entry where object_id = $1 order by id`, [serviceId])).toEqual([
      { action: 'service.password_change_sent' },
      { action: 'service.initial_password_revealed' },
    ]);
  });

  it('SECR-05: no password and no link is kept readable, or logged', async () => {
    const { token, serviceId } = await welcomed();
    worker = async ({ secretId }) => {
      const [row] = await db.sql<{ sealed: Buffer }>(`select sealed from service_secret where id = $1`, [secretId]);
      expect(row!.sealed.includes(PASSWORD)).toBe(false);
      return setsIt({ serviceId, secretId });
    };
    await look(token);
    await set(token);
    const kept = JSON.stringify([
      await db.sql(`select * from audit_entry`),
      await db.sql(`select * from one_time_token`),
      api.logged,
    ]);
    for (const secret of [PASSWORD, INITIAL, token]) expect(kept).not.toContain(secret);
  });

  it.each([
    ['a link that has expired', { expires_at: new Date('2026-03-02T09:59:59Z') }],
    ['a link for something else', { purpose: 'staff_setup' }],
    ['a service that has ended', { status: 'terminated' }],
  ])('is not good: %s', async (_because, over) => {
    const { token } = await welcomed(over);
    expect(await look(token)).toBe(false);
    expect(await set(token)).toMatchObject({ status: 404, json: { code: 'link_not_good' } });
    expect(panel).toEqual([]);
  });

  it('a made-up link is answered like a used one', async () => {
    const { token } = await welcomed();
    await set(token);
    const same = (text: string) => text.replace(/"request_id":"[^"]+"/, '');
    const [used, madeUp] = [await set(token), await set(randomBytes(32).toString('base64url'))];
    expect(same(madeUp.text)).toBe(same(used.text));
  });

  it.each(['short', 'x'.repeat(73), 'pässword with umlaut', 'with\ttab and more'])(
    '"%s" is not a password, and the link stays good',
    async (password) => {
      const { token } = await welcomed();
      const answer = await set(token, password);
      expect(answer).toMatchObject({ status: 422 });
      expect(answer.text).not.toContain(password);
      expect(await look(token)).toBe(true);
    },
  );
});
