import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { isFullRun, sampled, sampledRuns } from '#domain/testing/sampled.ts';
import { licenseTestBed, PATH as VALIDATE, plain } from '../licenses/testing/harness.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { oneThingWrong, requestsOf, valuesOf } from '../testing/arbitrary.ts';
import { CODEC_TOKEN, goodRequests, stripeDelivery, WILLING } from '../testing/good-requests.ts';
import { published, type Operation, type Published } from '../testing/published.ts';
import { fill, stock, type Ids } from '../testing/shop.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

/** The same requests each time, so that a failure can be looked at; another number is another run. */
const SEED = 20_261_121;
/** How many times longer the whole is than its sample. */
const STEP = 4;
// Thousands of requests take long on a small machine.
jest.setTimeout(900_000);

let db: TestDatabase;
let api: TestApi;
let api31: Published;
let ada: TestSession;
let admin: TestSession;
let ids: Ids;
beforeAll(async () => {
  db = await createTestDatabase('fuzz');
  await seedFirstCatalog(db, new Date());
  api = await createTestApi(db, WILLING);
  [ada, admin] = [await api.asCustomer('ada@example.com'), await api.asStaff()];
  ids = await stock(db, api, ada, admin);
  // So that its events end; an open order's go on.
  await db.sql(`update "order" set status = 'canceled', ended_at = now() where id = $1`, [ids.orders]);
  api31 = published(api);
});
afterAll(() => db.drop());

/** Some operations end the session they are asked with. */
async function headersFor({ access, path }: Operation): Promise<Record<string, string>> {
  if (/sign-out|sessions|password/.test(path)) return (await api.asCustomer()).headers;
  if (access.actor === 'customer') return ada.headers;
  return access.actor === 'staff' || access.actor === 'person' ? admin.headers : {};
}
/** Guessing is slowed down by address, and that is not what is tried here. */
let asked = 0;
const somewhere = () => `198.51.${(asked += 1) % 250}.${asked % 249}`;

/** What is wrong with an answer: a failure of ours, or something its operation does not promise. */
function faults(operation: Operation, answer: Awaited<ReturnType<TestApi['ask']>>): string[] {
  const { status, json } = answer;
  if (status >= 500) return [`${api31.nameOf(operation)}: ${status} ${json?.code}`];
  // What leads to another operation, or to none, is not this one's to promise.
  return status === 404 || status === 405 ? [] : api31.breaches(operation, answer);
}
const outside = () => api31.operations.filter(({ path }) => path !== VALIDATE);

describe('IN-01: whatever is sent, no answer is a failure of ours, and each is what is published', () => {
  it('requests made from the description of each operation', async () => {
    const statuses = new Set<number>();
    for (const operation of outside()) {
      const known = [...Object.values(ids), CODEC_TOKEN, 'main', 'starter', 'EUR'];
      await fc.assert(
        fc.asyncProperty(requestsOf(operation, api31, known), async ({ path, query, headers, body }) => {
          const answer = await api.ask(operation.method, query ? `${path}?${query}` : path, {
            body,
            headers: { ...(await headersFor(operation)), ...headers },
            from: somewhere(),
          });
          statuses.add(answer.status);
          expect(faults(operation, answer)).toEqual([]);
        }),
        { seed: SEED, numRuns: sampledRuns(40, STEP) },
      );
    }
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404, 422]));
    expect((await api.ask('GET', '/api/v2/me', { headers: admin.headers })).status).toBe(200);
  });

  it('good requests with one thing wrong: each field in turn, as every hostile text, number and type', async () => {
    const broken: string[] = [];
    const codes = new Set<string>();
    let tried = 0;
    for (const [name, request] of Object.entries(goodRequests(api, ids))) {
      const operation = api31.operations.find((one) => api31.nameOf(one) === name)!;
      const { body, headers, ids: own } = request();
      if (typeof body !== 'object') continue;
      const ways = [...oneThingWrong(body).keys()];
      for (const way of sampled(ways, STEP)) {
        // Made anew each time, as some names can be used once.
        const wrong = oneThingWrong(request().body)[way]!;
        const answer = await api.ask(operation.method, fill(operation.path, { ...ids, ...own }), {
          body: wrong,
          headers: { ...(await headersFor(operation)), ...(headers && { 'idempotency-key': newId() }) },
          from: somewhere(),
        });
        tried += 1;
        codes.add(answer.json?.code ?? 'good');
        broken.push(...faults(operation, answer).map((fault) => `${fault} for ${wrong.slice(0, 300)}`));
      }
    }
    expect(broken).toEqual([]);
    // Nobody was turned away at the door, so what was wrong is what was looked at.
    expect([...codes].filter((code) => /signed_in|forbidden|permission|cross_site/.test(code))).toEqual([]);
    expect(codes).toContain('invalid_request');
    expect(tried).toBeGreaterThan(isFullRun ? 3_000 : 3_000 / STEP - 100);
  });

  it('what a gateway signed, whatever it is', async () => {
    const operation = api31.operations.find(({ path }) => path === '/webhooks/stripe/{account}')!;
    const event = { ...JSON.parse(goodRequests(api, ids)['POST /webhooks/stripe/{account}']!().body as string) };
    const random = fc.sample(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), { seed: SEED, numRuns: 100 });
    const broken: string[] = [];
    let accepted = 0;
    for (const text of [...random, ...oneThingWrong(event)]) {
      const { body, headers } = stripeDelivery(text.toWellFormed(), api.parts.clock());
      const answer = await api.ask('POST', '/webhooks/stripe/main', { body, headers });
      broken.push(...faults(operation, answer).map((fault) => `${fault} for ${text.slice(0, 300)}`));
      accepted += answer.status === 200 ? 1 : 0;
    }
    expect(broken).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
  });

  it('the license question', async () => {
    const bed = await licenseTestBed();
    try {
      const { send } = bed.open({ limits: { perAccount: 1e6, perLicense: 1e6, unknown: 1e6, refused: 1e6 } });
      const panel = await bed.panel(await bed.node());
      await bed.license('NP-7HKD-Q2XW-9MRT-4FVB', panel.nodeId);
      const operation = api31.operations.find(({ path }) => path === VALIDATE)!;
      const good = { license_key: 'NP-7HKD-Q2XW-9MRT-4FVB', feature: 'create_database', additional_data: { a: 1 } };
      const questions = fc.oneof(
        valuesOf(operation.body!, api31, ['NP-7HKD-Q2XW-9MRT-4FVB', 'create_database']).map(
          (one) => JSON.stringify(one) ?? '',
        ),
        fc.constantFrom(...oneThingWrong(good)),
      );
      await fc.assert(
        fc.asyncProperty(questions, fc.boolean(), async (text, isSigned) => {
          const ask = () =>
            send(VALIDATE, isSigned ? bed.signed(panel, undefined, { body: text }) : { ...plain({}), body: text });
          let response = await ask();
          // On a slow machine the time for an answer may run out; what a text causes, it causes again.
          for (let tries = 0; response.status === 503 && tries < 5; tries += 1) {
            await pause(200);
            response = await ask();
          }
          const answer = { status: response.status, headers: response.headers, text: await response.text() };
          expect(answer.status).toBeLessThan(500);
          expect(api31.breaches(operation, answer)).toEqual([]);
        }),
        { seed: SEED, numRuns: sampledRuns(300, STEP) },
      );
    } finally {
      await bed.close();
    }
  });
});
