import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insert } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const [KEY, SECRET] = ['npk_0123456789', 'nps_0123456789'];
const NODE = { base_url: 'https://panel.example:9000', api_key: KEY, api_secret: SECRET, capacity: 40 };

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('nodesettings');
  const passes = { ok: true, steps: [{ name: 'reach', ok: true, message: 'answers' }] };
  api = await createTestApi(db, {
    clock: () => now,
    temporal: { executeActivity: async <R>(): Promise<R> => passes as R },
  });
  admin = await api.asStaff();
});
afterAll(() => db.drop());

let serial = 0;
const call = (method: string, path: string, body?: object) =>
  api.ask(method, `/api/v2/nodes${path}`, { headers: admin.headers, ...(body && { body }) });
const add = (wish: object = {}) => call('POST', '', { ...NODE, name: `node-${(serial += 1)}`, ...wish });
const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };

describe('where customers reach its panel', () => {
  const publicUrl = async (wish: object) => (await add(wish)).json.node.public_url;

  it('is where we call it, unless that is private or staff say another', async () => {
    expect(await publicUrl({})).toBe('https://panel.example:9000');
    expect(await publicUrl({ base_url: 'https://10.1.2.3:9000' })).toBeNull();
    expect(await publicUrl({ base_url: 'https://10.1.2.3:9000', public_url: 'https://panel.example:8443/' })).toBe(
      'https://panel.example:8443',
    );
    expect((await add({ public_url: 'javascript:alert(1)' })).status).toBe(422);
  });

  it('moves with the panel as long as it was its own address, and stays where staff said it', async () => {
    const moved = { base_url: 'https://other.example:9000', api_key: KEY, api_secret: SECRET };
    const own = (await add()).json.node.id;
    expect((await call('PATCH', `/${own}`, moved)).json.node.public_url).toBe('https://other.example:9000');
    const said = (await add({ public_url: 'https://shown.example' })).json.node.id;
    expect((await call('PATCH', `/${said}`, moved)).json.node.public_url).toBe('https://shown.example');
    expect((await call('PATCH', `/${said}`, { public_url: null })).json.node.public_url).toBeNull();
    expect((await call('PATCH', `/${said}`, { capacity: 3 })).json.node.public_url).toBeNull();
  });
});

describe('the calls that its key has for us', () => {
  it('are a setting, 900 an hour and 9000 a day unless told, and what is left is shown', async () => {
    const { json } = await add();
    expect(json.node).toMatchObject({ calls_per_hour: 900, calls_per_day: 9_000, calls_left: 900 });
    const { id } = json.node;
    const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
    for (const [minutes, calls] of [
      [5, 100],
      [90, 8_500],
    ] as const)
      await insert(runs, 'node_calls', { node_id: id, began_at: at(minutes), calls, checks: 0 });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ calls_left: 400 });
    const changed = await call('PATCH', `/${id}`, { calls_per_hour: 50, calls_per_day: 50_000 });
    expect(changed.json.node).toMatchObject({ calls_per_hour: 50, calls_per_day: 50_000, calls_left: 0 });
    expect((await call('PATCH', `/${id}`, { calls_per_hour: 0 })).status).toBe(422);
  });
});
