import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const KEY = 'npk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
const SECRET = 'nps_canary-of-the-panel-secret-0123456789';
const NODE = {
  base_url: 'https://panel.example:9000/api/',
  api_key: KEY,
  api_secret: SECRET,
  capacity: 40,
  location: 'Amsterdam',
  packages: { starter: '1' },
};

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let support: TestSession;
/** What the worker says to a check. */
let worker: () => Promise<unknown>;
const asked: unknown[][] = [];
const passes = () =>
  Promise.resolve({ ok: true, version: '2.1', steps: [{ name: 'reach', ok: true, message: 'answers' }] });

beforeAll(async () => {
  db = await createTestDatabase('nodes');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, {
    clock: () => now,
    temporal: {
      executeActivity: async <R>(name: string, args: unknown[]): Promise<R> => {
        asked.push([name, ...args]);
        return (await worker()) as R;
      },
    },
  });
  admin = await api.asStaff();
  support = await api.asStaff('support');
});
afterAll(() => db.drop());

let serial = 0;
const add = (wish: object = {}, who = admin, headers: Record<string, string> = {}) =>
  api.ask('POST', '/api/v2/nodes', {
    body: { ...NODE, name: `node-${(serial += 1)}`, ...wish },
    headers: { ...who.headers, ...headers },
  });
const call = (method: string, path: string, body?: object, who = admin) =>
  api.ask(method, `/api/v2/nodes${path}`, { headers: who.headers, ...(body && { body }) });
const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const incident = (over: object) =>
  insert(runs, 'incident', {
    id: newId(),
    workflow_id: `order/${newId()}`,
    workflow_type: 'fulfillOrder',
    step: 'placement',
    reason: 'NoFreeNode',
    message: 'all full',
    choices: '[]',
    status: 'open',
    opened_at: now,
    ...over,
  });
const woken = async () =>
  (
    await db.sql<{ workflow_id: string }>(`select workflow_id from command_outbox where name = 'conditionsChanged'`)
  ).map(({ workflow_id }) => workflow_id);

describe('adding a node', () => {
  it('stores the address in one form, the key sealed, and says what the check said', async () => {
    worker = passes;
    const { status, json } = await add();
    expect(status).toBe(201);
    expect(json).toMatchObject({
      node: {
        base_url: 'https://panel.example:9000',
        capacity: 40,
        free_slots: 40,
        utilization_percent: 0,
        location: 'Amsterdam',
        packages: { starter: '1' },
      },
      check: { ok: true, steps: [{ name: 'reach', ok: true }] },
    });
    expect(asked.at(-1)).toEqual(['checkNode', { nodeId: json.node.id }]);
    const [row] = await db.sql<{ credentials: Buffer }>(`select credentials from node where id = $1`, [json.node.id]);
    expect(row!.credentials.includes(SECRET)).toBe(false);
    const opened = api.parts.sealer.open(row!.credentials, {
      table: 'node',
      column: 'credentials',
      rowId: json.node.id,
    });
    expect(JSON.parse(opened)).toEqual({ apiKey: KEY, apiSecret: SECRET });
  });

  it('SECR-03: no answer, audit entry or log ever holds the key', async () => {
    worker = () => Promise.reject(new Problem(502, 'check_node_failed', 'the panel said 401'));
    const key = newId();
    const added = await add({ name: 'secr-03' }, admin, { 'idempotency-key': key });
    const id = added.json.node.id;
    const answers = [
      added,
      await add({ name: 'secr-03' }, admin, { 'idempotency-key': key }),
      await add({ name: 'secr-03', base_url: 'http://panel.example' }),
      await call('GET', ''),
      await call('GET', `/${id}`),
      await call('POST', `/${id}/test`),
      await call('PATCH', `/${id}`, { api_key: KEY, api_secret: SECRET }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 422, 200, 200, 200, 200]);
    const audit = await db.sql(`select * from audit_entry`);
    const idempotency = await db.sql(`select * from idempotency`);
    const everything = JSON.stringify([answers.map(({ text }) => text), audit, idempotency, api.logged]);
    for (const secret of [KEY, SECRET]) expect(everything).not.toContain(secret);
  });

  it('without a worker it is added and waits for a check', async () => {
    worker = () => Promise.reject(unavailable('workflows_unavailable', 'away', 5));
    const { status, json } = await add();
    expect(status).toBe(202);
    expect(json).toMatchObject({ check: null, node: { health: 'failing', takes_orders: false } });
    expect(json.note).toContain('until a check passes');
  });

  it('a check that does not pass says where', async () => {
    worker = () =>
      Promise.resolve({
        ok: false,
        steps: [
          { name: 'reach', ok: true, message: 'ok' },
          { name: 'rights', ok: false, message: '403: use SUPER_ADMIN' },
        ],
      });
    const { status, json } = await add();
    expect(status).toBe(201);
    expect(json.note).toContain('"rights"');
    expect(json).toMatchObject({
      node: { takes_orders: false },
      check: { ok: false, steps: [{}, { message: '403: use SUPER_ADMIN' }] },
    });
  });

  it('a name is used once, and plans must be there', async () => {
    worker = passes;
    await add({ name: 'taken' });
    expect(await add({ name: 'taken' })).toMatchObject({ status: 409, json: { code: 'node_name_taken' } });
    expect(await add({ name: 'other', packages: { 'no-such-plan': '1' } })).toMatchObject({
      status: 422,
      json: { code: 'plan_unknown', errors: [{ pointer: '/packages/no-such-plan' }] },
    });
    expect(await db.sql(`select 1 from node where name = 'other'`)).toEqual([]);
  });

  it.each([
    ['plain http to a public name', { base_url: 'http://panel.example' }, '/base_url'],
    ['SSRF-05: credentials in the address', { base_url: 'https://a:b@panel.example' }, '/base_url'],
    ['a key with a line break', { api_key: 'npk_a\nb' }, '/api_key'],
    ['AUTHZ-06: health', { health: 'healthy' }, '/health'],
    ['AUTHZ-06: taken slots', { slots_taken: 0 }, '/slots_taken'],
  ])('is refused: %s', async (_because, wish, pointer) => {
    expect(await add(wish)).toMatchObject({ status: 422, json: { errors: [{ pointer }] } });
  });

  it('is for who may write servers; a customer never gets here', async () => {
    const ada = await api.asCustomer();
    expect(await add({}, support)).toMatchObject({ status: 403 });
    expect(await add({}, ada)).toMatchObject({ status: 403 });
    expect(await call('GET', '', undefined, ada)).toMatchObject({ status: 403 });
    expect(await call('GET', '', undefined, support)).toMatchObject({ status: 200 });
  });
});

describe('changing a node', () => {
  it('wakes what waits for it or for any node, and nobody else', async () => {
    worker = passes;
    const { json } = await add();
    const id = json.node.id;
    const other = await insert(runs, 'node', rows.node());
    const waiting = await Promise.all(
      [{ node_id: id, reason: 'VendorUnauthorized' }, { reason: 'NoFreeNode' }, { reason: 'PackageMissing' }].map(
        async (over) => {
          const workflowId = `order/${newId()}`;
          await incident({ ...over, workflow_id: workflowId });
          return workflowId;
        },
      ),
    );
    await incident({ node_id: other, reason: 'VendorUnauthorized' });
    await incident({ node_id: id, status: 'decided' });
    const kicks = api.kicks.count;
    expect(await call('PATCH', `/${id}`, { capacity: 80, draining: false })).toMatchObject({
      status: 200,
      json: { check: null },
    });
    expect((await woken()).sort()).toEqual(waiting.sort());
    expect(api.kicks.count).toBe(kicks + 1);
    const [entry] = await db.sql(
      `select before, after from audit_entry where action = 'node.changed' and object_id = $1`,
      [id],
    );
    expect(entry).toEqual({ before: { capacity: 40, draining: false }, after: { capacity: 80, draining: false } });
  });

  it('a replaced key is checked at once', async () => {
    worker = passes;
    const { json } = await add();
    asked.length = 0;
    const { api_key, api_secret } = { api_key: 'npk_new', api_secret: 'nps_new' };
    expect((await call('PATCH', `/${json.node.id}`, { api_key, api_secret })).json.check.ok).toBe(true);
    expect(asked).toEqual([['checkNode', { nodeId: json.node.id }]]);
    expect(await call('PATCH', `/${json.node.id}`, { api_key })).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: '/api_secret' }] },
    });
  });

  it('another address needs the key again, so that a key never follows an address alone', async () => {
    worker = passes;
    const { json } = await add();
    const patch = (body: object) => call('PATCH', `/${json.node.id}`, body);
    for (const base_url of ['https://other.example:9000', 'https://panel.example:9001', 'https://panel.example']) {
      const { status, json: refused } = await patch({ base_url });
      expect([status, refused.code]).toEqual([422, 'key_needed']);
      expect(refused.errors).toEqual([
        { pointer: '/api_key', detail: expect.stringContaining('base_url') },
        { pointer: '/api_secret', detail: expect.stringContaining('base_url') },
      ]);
    }
    expect((await call('GET', `/${json.node.id}`)).json.base_url).toBe('https://panel.example:9000');

    for (const base_url of ['https://panel.example:9000/behind', NODE.base_url])
      expect((await patch({ base_url })).status).toBe(200);
    const moved = await patch({ base_url: 'https://other.example:9000', api_key: KEY, api_secret: SECRET });
    expect([moved.status, moved.json.node.base_url]).toEqual([200, 'https://other.example:9000']);
    const [entry] = await db.sql(
      `select before, after from audit_entry where action = 'node.changed' and object_id = $1 and after ? 'credentials'`,
      [json.node.id],
    );
    expect(entry).toEqual({
      before: { baseUrl: 'https://panel.example:9000', publicUrl: 'https://panel.example:9000' },
      after: {
        baseUrl: 'https://other.example:9000',
        publicUrl: 'https://other.example:9000',
        credentials: 'replaced',
      },
    });
  });

  it('whoever may write servers but not keys cannot send the key elsewhere', async () => {
    worker = passes;
    const { json } = await add();
    const writer = await api.asKey(admin.userId, ['servers.write', 'servers.read']);
    const patch = (body: object) =>
      api.ask('PATCH', `/api/v2/nodes/${json.node.id}`, { body, headers: writer.headers });
    expect(await patch({ base_url: 'https://evil.example' })).toMatchObject({
      status: 403,
      json: { code: 'permission_missing' },
    });
    expect(await patch({ capacity: 3 })).toMatchObject({ status: 200 });
  });

  it('tells use and why nothing is placed on it', async () => {
    const [full, draining] = [
      await insert(runs, 'node', rows.node({ capacity: 3, slots_taken: 3 })),
      await insert(runs, 'node', rows.node({ capacity: 3, slots_taken: 1, draining: true })),
    ];
    const [plan] = await db.sql<{ id: string }>(`select id from plan limit 1`);
    for (const node of [full, draining])
      await db.sql(`insert into plan_package values ($1, $2, '1')`, [plan!.id, node]);
    expect((await call('GET', `/${full}`)).json).toMatchObject({
      utilization_percent: 100,
      free_slots: 0,
      because: 'It is full.',
    });
    expect((await call('GET', `/${draining}`)).json).toMatchObject({
      utilization_percent: 33.3,
      free_slots: 2,
      takes_orders: false,
    });
    const empty = await insert(runs, 'node', rows.node({ capacity: 0 }));
    expect((await call('GET', `/${empty}`)).json).toMatchObject({
      utilization_percent: 0,
      because: expect.stringContaining('No plan has a package'),
    });
  });

  it('answers alike for nodes that are not there', async () => {
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { capacity: 1 }],
      ['POST', '/test'],
    ] as const) {
      expect(await call(method, `/${newId()}${path}`, body)).toMatchObject({
        status: 404,
        json: { code: 'node_not_found' },
      });
    }
  });
});

describe('keys of its panel', () => {
  it('PANEL-02: two are active at once, each secret is shown once, and a revoked one makes room', async () => {
    const node = await insert(runs, 'node', rows.node());
    const path = `/${node}/panel-credentials`;
    const first = await call('POST', path, { allowed_networks: ['203.0.113.0/24', '2001:db8::1'] });
    const second = await call('POST', path, {});
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(Buffer.from(first.json.secret, 'base64').length).toBe(32);
    expect(first.json.allowed_networks).toEqual(['203.0.113.0/24', '2001:db8::1']);
    expect(await call('POST', path, {})).toMatchObject({ status: 409, json: { code: 'two_keys_active' } });

    const listed = await call('GET', path);
    expect(listed.json.credentials.map(({ key_id }: { key_id: string }) => key_id)).toEqual([
      second.json.key_id,
      first.json.key_id,
    ]);
    for (const { secret } of [first.json, second.json]) expect(listed.text).not.toContain(secret);
    const [row] = await db.sql<{ secret: Buffer }>(`select secret from panel_credential where id = $1`, [
      first.json.id,
    ]);
    expect(
      api.parts.sealer.open(row!.secret, { table: 'panel_credential', column: 'secret', rowId: first.json.id }),
    ).toBe(first.json.secret);

    expect((await call('DELETE', `${path}/${first.json.id}`)).json.revoked_at).toBe(now.toISOString());
    expect(await call('DELETE', `${path}/${first.json.id}`)).toMatchObject({ status: 200 });
    expect(await call('POST', path, {})).toMatchObject({ status: 201 });
    const revoked = await db.sql(
      `select 1 from audit_entry where action = 'panel_credential.revoked' and object_id = $1`,
      [first.json.id],
    );
    expect(revoked).toHaveLength(1);
  });

  it('PANEL-02: three at once end as two', async () => {
    const node = await insert(runs, 'node', rows.node());
    const answers = await Promise.all([1, 2, 3].map(() => call('POST', `/${node}/panel-credentials`, {})));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409]);
  });

  it('a repeat with its key shows the same secret again, which is kept sealed', async () => {
    const node = await insert(runs, 'node', rows.node());
    const headers = { ...admin.headers, 'idempotency-key': newId() };
    const make = () => api.ask('POST', `/api/v2/nodes/${node}/panel-credentials`, { body: {}, headers });
    const [first, again] = [await make(), await make()];
    expect(again.json).toEqual(first.json);
    expect(JSON.stringify(await db.sql(`select * from idempotency`))).not.toContain(first.json.secret);
  });

  it('AUTHZ-01: need the right to handle keys', async () => {
    const node = await insert(runs, 'node', rows.node());
    expect(await call('POST', `/${node}/panel-credentials`, {}, support)).toMatchObject({ status: 403 });
    expect(await call('DELETE', `/${newId()}/panel-credentials/${newId()}`)).toMatchObject({ status: 404 });
  });
});
