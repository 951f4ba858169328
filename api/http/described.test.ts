import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { BaseUrl } from '../contracts/base-url.ts';
import { Instant, line, Network, text } from '../contracts/common.ts';
import { Email } from '../contracts/email.ts';
import { LicenseCheck } from '../contracts/validate.ts';
import { published, type Published } from '../testing/published.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

/** What the description of the API says, and what is checked, are the same. */
let db: TestDatabase;
let api: TestApi;
let api31: Published;
let admin: TestSession;
let ada: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('described');
  api = await createTestApi(db);
  [admin, ada] = [await api.asStaff(), await api.asCustomer('ada@example.com')];
  api31 = published(api);
});
afterAll(() => db.drop());

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'];
const addressOf = (path: string) => path.replaceAll(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000');

it('IN-09: a method that a path has not is 405, and says which it has', async () => {
  const wrong: unknown[] = [];
  for (const path of new Set(api31.operations.map((one) => one.path))) {
    const declared = api31.operations.filter((one) => one.path === path).map(({ method }) => method);
    // Served apart from the rest, and with the preflights of browsers; their own tests ask them.
    if (path.startsWith('/api/v1/') || path.startsWith('/temporal/')) continue;
    const allow = declared.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).sort();
    for (const method of METHODS.filter((one) => !declared.includes(one))) {
      const { status, headers } = await api.ask(method, addressOf(path), { headers: admin.headers });
      const said = headers.get('allow')?.split(', ').sort();
      if (status !== 405 || String(said) !== String(allow)) wrong.push([method, path, status, said]);
    }
  }
  expect(wrong).toEqual([]);
});

it('a body that is required is missed, also where none of its fields is', async () => {
  const wrong: unknown[] = [];
  for (const { method, path, access, body } of api31.operations.filter((one) => one.body)) {
    if (access.actor === 'panel' || access.actor === 'gateway' || access.actor === 'machine') continue;
    const { headers } = access.actor === 'customer' ? ada : admin;
    const { status } = await api.ask(method, addressOf(path), { headers });
    if (status < 400 || status >= 500) wrong.push([method, path, status, body]);
  }
  expect(wrong).toEqual([]);
});

describe('a text is taken when the pattern in the description takes it', () => {
  const CHARACTERS = ['a', 'É', '1', ' ', '\n', '\r', '\t', '\u0000', '\u000b', '\u0085', '\u00a0', '\u200b', '\u2028'];
  const some = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...CHARACTERS, '\u202e', '\ue000', '\ufeff', '\uffff', '😀', '字'),
      maxLength: 8,
    }),
    fc.string({ unit: 'binary', maxLength: 12 }).map((one) => one.toWellFormed()),
  );
  it.each([
    ['one line', line(6), some],
    ['lines', text(6), some],
    [
      'a network',
      Network,
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('', '10.0.0.0/33', '10.0.0.0/8', '::/129', '::/0')),
    ],
    ['a license key', LicenseCheck.shape.license_key, some],
    ['a feature', LicenseCheck.shape.feature, some],
  ])('%s', (_, schema, texts) => {
    const { pattern, minLength = 0, maxLength = Infinity } = descriptionOf(schema);
    const described = (one: string) => {
      const { length } = Array.from(one);
      return new RegExp(pattern).test(one) && length >= minLength && length <= maxLength;
    };
    fc.assert(
      fc.property(texts, (one) => {
        // A few characters become two or three in NFC, which is how lengths are counted in the end.
        fc.pre(Array.from(one.normalize('NFC')).length <= Array.from(one).length);
        expect([one, schema.safeParse(one).success]).toEqual([one, described(one)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['2026-12-01T10:00:00Z', true],
    ['2026-12-01T10:00Z', false],
    ['0001-01-01T00:00:00.123456Z', true],
    ['2026-12-01T10:00:00+00:00', false],
    ['0299-02-06T13:48:15-17:43', false],
    ['2026-12-31T23:59:60Z', false],
    ['0000-01-01T00:00:00Z', false],
    ['2026-12-01', false],
  ])('an instant %s: %s', (at, good) => {
    const { pattern } = descriptionOf(Instant);
    expect([Instant.safeParse(at).success, new RegExp(pattern).test(at)]).toEqual([good, good]);
  });

  it('six characters are six, in whatever way they are stored', () => {
    expect(line(6).safeParse('😀😀😀😀😀😀').success).toBe(true);
    expect(line(6).safeParse('😀😀😀😀😀😀😀').success).toBe(false);
  });

  it.each([
    ['https://panel.example:9000', true],
    [' https://panel.example/path/api/v1/ ', true],
    ['https://203.0.113.7', true],
    ['https://[2001:db8::1]:8443', true],
    ['http://localhost:4003', true],
    ['http://10.0.0.7:9000', true],
    ['http://[fd00:1::5]', true],
    ['http://panel.lan', true],
    ['http://panel.example', false],
    ['http://203.0.113.7', false],
    ['https://panel.example:65536', false],
    ['https://panel.example?x=1', false],
    ['https://user@panel.example', false],
    ['ftp://panel.example', false],
    ['0'.repeat(200), false],
  ])('an address %s: %s', (address, good) => {
    const { pattern } = descriptionOf(BaseUrl);
    expect([BaseUrl.safeParse(address).success, new RegExp(pattern).test(address)]).toEqual([good, good]);
  });

  it.each([
    ['ada@example.com', true],
    ['idn@bücher.example', true],
    ["o'hara+x@mail.xn--p1ai", true],
    ['q5p$_@a.test', false],
    ['a..b@example.com', false],
    ['ada@localhost', false],
  ])('the mail address %s: %s', (address, good) => {
    const { anyOf } = Email.meta() as unknown as { anyOf: { pattern: string }[] };
    const described = anyOf.some(({ pattern }) => new RegExp(pattern).test(address));
    expect([Email.safeParse(address).success, described]).toEqual([good, good]);
  });
});

function descriptionOf(schema: { meta(): unknown; _zod: { def: { checks?: unknown[] } } }) {
  const said = schema.meta() as { pattern?: string; minLength?: number; maxLength?: number };
  const checks = (schema._zod.def.checks ?? []) as { _zod: { def: { pattern?: RegExp } } }[];
  const checked = checks.find((one) => one._zod.def.pattern)?._zod.def.pattern?.source;
  return { ...said, pattern: said.pattern ?? checked! };
}
