import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { licenseTestBed, PATH as VALIDATE, plain } from '../licenses/testing/harness.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { openObjects, published, type Operation, type Published } from '../testing/published.ts';
import {
  CODEC_TOKEN,
  ELSEWHERE,
  goodRequests,
  PASSWORD,
  WEBHOOK_SECRET,
  WILLING,
  type Request,
} from '../testing/good-requests.ts';
import { fill, SECRETS, stock, type Ids } from '../testing/shop.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');

let db: TestDatabase;
let api: TestApi;
let api31: Published;
let ada: TestSession;
let admin: TestSession;
let ids: Ids;
/** Every answer of the run, by operation. */
const answers: { name: string; text: string }[] = [];
const secretsSent = () => [ada, admin].flatMap(({ headers }) => /sid=(.+)/.exec(headers['cookie']!)![1]!);

beforeAll(async () => {
  db = await createTestDatabase('conformance');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { ...WILLING, clock: () => now });
  [ada, admin] = [await api.asCustomer('ada@example.com'), await api.asStaff()];
  ids = await stock(db, api, ada, admin);
  api31 = published(api);
});
afterAll(() => db.drop());

/** Answers that are there to show a secret, once. */
const SHOWS: Record<string, (json: Record<string, string>) => string> = {
  'POST /api/v2/licenses/{id}/reveal': (json) => json['key']!,
  'POST /api/v2/api-keys': (json) => json['key']!,
  'POST /api/v2/nodes/{id}/panel-credentials': (json) => json['secret']!,
  'POST /api/v2/panel-password': (json) => json['initial_password']!,
};

async function send(operation: Operation, request: Request) {
  const who = { customer: ada.headers, staff: admin.headers, nobody: {} }[request.as ?? 'nobody'];
  const path = `${fill(operation.path, { ...ids, ...request.ids })}${request.query ?? ''}`;
  const { body, headers } = request;
  const answer = await api.ask(operation.method, path, { body, headers: { ...who, ...headers } });
  answers.push({ name: api31.nameOf(operation), text: answer.text });
  return answer;
}

describe('AUTHZ-07: answers are what is published, and no more', () => {
  it('every schema of an answer names all its fields', () => {
    const open = api31.operations.flatMap((operation) =>
      Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
        Object.values(content).flatMap(({ schema }) => openObjects(schema, `${api31.nameOf(operation)} ${status}`)),
      ),
    );
    const shared = Object.entries(api31.schemas)
      // Panels of several versions ask, so a question may have more fields; it is no answer.
      .filter(([name]) => name !== 'LicenseCheck')
      .flatMap(([name, schema]) => openObjects(schema, name));
    expect([...open, ...shared]).toEqual([]);
    expect(openObjects({ type: 'object', properties: { a: { type: 'object', properties: {} } } }, 'X')).toEqual([
      'X',
      'X/properties/a',
    ]);
  });

  it('the run below misses no operation', () => {
    expect([...Object.keys(goodRequests(api, ids)), ...ELSEWHERE].sort()).toEqual(
      api31.operations.map(api31.nameOf).sort(),
    );
  });

  it('good answers', async () => {
    const wrong: unknown[] = [];
    for (const [name, request] of Object.entries(goodRequests(api, ids))) {
      const operation = api31.operations.find((one) => api31.nameOf(one) === name)!;
      if (name.endsWith('events')) {
        await db.sql(`update "order" set status = 'canceled', ended_at = $2 where id = $1`, [ids.orders, now]);
      }
      const answer = await send(operation, request());
      const breaches = api31.breaches(operation, answer);
      if (answer.status >= 300 || breaches.length > 0) {
        wrong.push([name, answer.status, answer.json?.code, ...breaches]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('events of an order', async () => {
    const { text } = answers.find(({ name }) => name.endsWith('/events'))!;
    const [, data] = /^event: order\ndata: (.*)$/m.exec(text)!;
    const show = api31.operations.find((one) => api31.nameOf(one) === 'GET /api/v2/orders/{id}')!;
    const headers = new Headers({ 'content-type': 'application/json' });
    expect(api31.breaches(show, { status: 200, headers, text: data! })).toEqual([]);
  });

  it('refusals', async () => {
    const wrong: unknown[] = [];
    for (const operation of api31.operations) {
      if (operation.method === 'OPTIONS' || operation.access.actor === 'panel') continue;
      for (const body of [undefined, {}, { canary: PASSWORD }, [1]]) {
        const answer = await send(operation, {
          as: operation.access.actor === 'customer' ? 'customer' : 'staff',
          ...(operation.method !== 'GET' && { body }),
          ids: Object.fromEntries(Object.keys(ids).map((word) => [word, 'nothing'])),
        });
        const breaches = api31.breaches(operation, answer);
        if (answer.status >= 500 || breaches.length > 0) wrong.push([api31.nameOf(operation), answer.status, breaches]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('SECR-03: no secret is in any of them, but the one that shows it', async () => {
    const { config } = api.parts;
    const columns = await db.sql<{ t: string; c: string }>(
      `select table_name as t, column_name as c from information_schema.columns
       where table_schema = 'public' and (data_type = 'bytea' or column_name = 'password_hash')`,
    );
    expect(columns.length).toBeGreaterThan(8);
    const kept: string[] = [];
    for (const { t, c } of columns) {
      for (const { value } of await db.sql<{ value: Buffer | string | null }>(`select "${c}" as value from "${t}"`)) {
        if (typeof value === 'string') kept.push(value);
        else if (value && value.length >= 16)
          kept.push(...(['hex', 'base64', 'base64url'] as const).map((form) => value.toString(form)));
      }
    }
    const configured = [WEBHOOK_SECRET, CODEC_TOKEN, config.SESSION_SECRET, config.LICENSE_PEPPER];
    const secrets = [...kept, ...configured, ...secretsSent(), ...Object.values(SECRETS), PASSWORD];
    expect(kept.length).toBeGreaterThan(30);
    const leaks = answers.flatMap(({ name, text }) => {
      const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : {};
      const shown = SHOWS[name]?.(json);
      return secrets.filter((secret) => secret !== shown && text.includes(secret)).map((secret) => [name, secret]);
    });
    expect(leaks).toEqual([]);
    for (const name of Object.keys(SHOWS)) {
      const good = answers.find((answer) => answer.name === name)!;
      expect([name, SHOWS[name]!(JSON.parse(good.text) as Record<string, string>)]).toEqual([name, expect.any(String)]);
    }
  });

  it('the license question', async () => {
    const bed = await licenseTestBed();
    const { send: ask } = bed.open();
    const operation = api31.operations.find(({ path }) => path === VALIDATE)!;
    const panel = await bed.panel(await bed.node());
    await bed.license(SECRETS.licenseKey, panel.nodeId);
    const statuses = [];
    for (const question of [
      { license_key: SECRETS.licenseKey, feature: 'create_database' },
      { license_key: SECRETS.licenseKey, feature: 'create_domain' },
      { license_key: 'NP-NONE', feature: 'create_database' },
      { license_key: 5 },
    ]) {
      for (const init of [bed.signed(panel, question), plain(question)]) {
        const response = await ask(VALIDATE, init);
        const text = await response.text();
        statuses.push(response.status);
        expect(api31.breaches(operation, { status: response.status, headers: response.headers, text })).toEqual([]);
        expect(text).not.toContain(panel.secret);
        expect(text).not.toContain('CANAR');
      }
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 422, 422]);
    await bed.close();
  });
});
