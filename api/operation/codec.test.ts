import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createPayloadCodec } from '#temporal-config/payload-codec.ts';
import { closeReadings } from './payload-readings.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const TOKEN = 'sandbox-token-of-more-than-32-characters';
const UI = 'http://localhost:8233';
let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let now = new Date('2027-01-31T10:01:00Z');
beforeAll(async () => {
  db = await createTestDatabase('codec');
  api = await createTestApi(db, { env: { CODEC_UI_TOKEN: TOKEN, TEMPORAL_UI_URL: `${UI}/` }, clock: () => now });
  admin = await api.asStaff();
});
afterAll(() => db.drop());

const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
async function history(value: unknown, workflowId?: string) {
  const codec = createPayloadCodec(api.parts.config.TEMPORAL_PAYLOAD_KEYS);
  const [{ metadata, data }] = (await codec.encode(
    [defaultPayloadConverter.toPayload(value)!],
    workflowId ? { type: 'workflow', namespace: 'n', workflowId } : undefined,
  )) as [{ metadata: Record<string, Uint8Array>; data: Uint8Array }];
  return {
    payloads: [
      { metadata: Object.fromEntries(Object.entries(metadata).map(([k, v]) => [k, base64(v)])), data: base64(data) },
    ],
  };
}
const text = (wire: { payloads: { data: string }[] }) => Buffer.from(wire.payloads[0]!.data, 'base64').toString();
const ask = (what: string, token: string, body: unknown, headers: Record<string, string> = {}) =>
  api.ask('POST', `/temporal/codec/${token}/${what}?preserveStorageRefs=true`, { body, headers });

describe('the codec endpoint', () => {
  it('reads a history for the UI of the sandbox, and writes down that it did', async () => {
    const { status, json, headers } = await ask('decode', TOKEN, await history({ orderId: 'o-1' }), { origin: UI });
    expect(status).toBe(200);
    expect(text(json)).toBe('{"orderId":"o-1"}');
    expect(headers.get('access-control-allow-origin')).toBe(UI);
    expect(await db.sql(`select after, result from audit_entry where action = 'payloads.decoded'`)).toEqual([
      { after: { count: 1 }, result: 'ok' },
    ]);
  });

  it('what is typed into the UI comes back encrypted, and opens again', async () => {
    const plain = { payloads: [{ metadata: { encoding: btoa('json/plain') }, data: btoa('{"a":1}') }] };
    const sealed = await ask('encode', TOKEN, plain);
    expect(atob(sealed.json.payloads[0].metadata.encoding)).toBe('binary/encrypted');
    expect(text((await ask('decode', TOKEN, sealed.json)).json)).toBe('{"a":1}');
  });

  it('SECR-04: nobody reads without the token or a right', async () => {
    const sealed = await history('canary');
    expect((await ask('decode', 'wrong-token', sealed)).status).toBe(404);
    expect((await ask('decode', 'session', sealed)).status).toBe(401);
    const customer = await api.asCustomer();
    expect((await ask('decode', 'session', sealed, { ...customer.headers, origin: UI })).status).toBe(401);
    const { headers } = await api.asKey(admin.userId, ['audit.read']);
    expect((await ask('decode', 'session', sealed, headers)).json.code).toBe('permission_missing');
  });

  it('IN-02: nothing of a body is looked at before its sender is known', async () => {
    for (const body of ['{', `{"payloads":"${'x'.repeat(5 * 1024 * 1024)}"}`]) {
      expect((await ask('decode', 'wrong-token', body)).status).toBe(404);
      expect((await ask('decode', 'session', body)).status).toBe(401);
    }
    expect((await ask('decode', TOKEN, '{')).status).toBe(400);
    expect((await ask('decode', TOKEN, '{"payloads":[],"payloads":[]}')).status).toBe(422);
  });

  it('staff read with their session, from the pages of the UI only', async () => {
    const sealed = await history('for staff');
    expect(text((await ask('decode', 'session', sealed, { ...admin.headers, origin: UI })).json)).toBe('"for staff"');
    for (const origin of ['https://evil.example', 'null', 'http://localhost:8233.evil.example']) {
      const { status, headers } = await ask('decode', 'session', sealed, { ...admin.headers, origin });
      expect([origin, status, headers.get('access-control-allow-origin')]).toEqual([origin, 403, null]);
    }
    const { origin: _, ...noOrigin } = admin.headers;
    expect((await ask('decode', 'session', sealed, noOrigin)).status).toBe(403);
  });

  it('WEB-02: the preflight allows the UI and nobody else', async () => {
    const preflight = (origin: string) =>
      api.ask('OPTIONS', `/temporal/codec/${TOKEN}/decode`, { headers: { origin } });
    const ok = await preflight(UI);
    expect(ok.status).toBe(204);
    expect(ok.headers.get('access-control-allow-headers')).toContain('x-namespace');
    expect(ok.headers.get('vary')).toBe('Origin');
    expect((await preflight('https://evil.example')).status).toBe(403);
  });

  it('LOG-02: the token in the address is never logged', async () => {
    await ask('decode', TOKEN, await history(1));
    expect(JSON.stringify(api.logged)).not.toContain(TOKEN);
  });
});

describe('AUD-01: who read whose history', () => {
  const written = () =>
    db.sql<{ action: string; result: string }>(
      `select action, actor_type, actor_id, object_id, after, result, reason from audit_entry
       where action like 'payloads.%' and actor_type = 'staff' order by id`,
    );
  const reading = async (workflow: string, times = 1) => {
    const sealed = await history('x', workflow);
    const answers = await Promise.all(
      Array.from({ length: times }, () => ask('decode', 'session', sealed, { ...reader.headers, origin: UI })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return answers.map(({ json }) => text(json));
  };
  let reader: TestSession;
  let before: number;
  beforeEach(async () => {
    now = new Date('2027-02-01T10:01:00Z');
    await db.sql('delete from payload_reading');
    reader = await api.asStaff();
    before = (await written()).length;
  });
  const since = async () => (await written()).slice(before);
  const entry = (over: object) => ({
    action: 'payloads.decoded',
    actor_type: 'staff',
    actor_id: reader.userId,
    object_id: 'order/1',
    after: { count: 1 },
    result: 'ok',
    reason: null,
    ...over,
  });

  it('is an entry at once, whatever replica is asked first, and what follows in the quarter is one more with the count', async () => {
    const keys = api.parts.config.TEMPORAL_PAYLOAD_KEYS.map(({ id, key }) => `${id}:${key.toString('base64')}`).join();
    const env = { TEMPORAL_UI_URL: UI, TEMPORAL_PAYLOAD_KEYS: keys };
    const other = await createTestApi(db, { env, clock: () => now });
    const sealed = await history('x', 'order/1');
    const options = { body: sealed, headers: { ...reader.headers, origin: UI } };
    const elsewhere = async () => (await other.ask('POST', '/temporal/codec/session/decode', options)).status;
    const [here, ...there] = await Promise.all([reading('order/1', 65), ...Array.from({ length: 66 }, elsewhere)]);
    expect(here).toHaveLength(65);
    expect(new Set(there)).toEqual(new Set([200]));
    expect(await since()).toEqual([entry({})]);

    // Another workflow is another reading, and so is the next quarter of an hour.
    await reading('order/2');
    now = new Date('2027-02-01T10:15:59Z');
    expect(await closeReadings(api.parts.orm, now)).toBe(0);
    await reading('order/1');
    expect(await since()).toEqual([entry({}), entry({ object_id: 'order/2' }), entry({})]);

    now = new Date('2027-02-01T10:16:00Z');
    const closed = await Promise.all([api, other].map(({ parts }) => closeReadings(parts.orm, now)));
    expect(closed.toSorted()).toEqual([0, 1]);
    expect((await since()).slice(3)).toEqual([
      entry({
        action: 'payloads.counted',
        after: { count: 131, requests: 131, from: '2027-02-01T10:00:00Z', minutes: 15 },
      }),
    ]);
    expect(await db.sql('select workflow_id, quarter_at::text from payload_reading')).toHaveLength(1);
  });

  it('is what was opened: what does not open is shown to nobody and is written down as failed', async () => {
    const sealed = await history('x', 'order/1');
    const bytes = Buffer.from(sealed.payloads[0]!.data, 'base64');
    bytes[20]! ^= 1;
    const spoiled = { payloads: [sealed.payloads[0]!, { ...sealed.payloads[0]!, data: base64(bytes) }] };
    const answer = await ask('decode', 'session', spoiled, { ...reader.headers, origin: UI });
    expect(answer.status).toBe(500);
    expect(await since()).toEqual([
      entry({
        object_id: null,
        after: { count: 2 },
        result: 'failed',
        reason: expect.stringMatching(/^A payload encrypted with key "\w+" does not open/),
      }),
    ]);
  });

  it('says nothing of what was never encrypted', async () => {
    const plain = { payloads: [{ metadata: { encoding: btoa('json/plain') }, data: btoa('1') }] };
    expect((await ask('decode', 'session', plain, { ...reader.headers, origin: UI })).status).toBe(200);
    expect(await since()).toEqual([]);
  });
});
