import fc from 'fast-check';
import type { Operation, Published, Schema } from './published.ts';

/** Texts that have broken programs: of terminals, shells, SQL, templates, paths, spreadsheets and Unicode. */
export const HOSTILE = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\u001b[31mred\u001b]0;title\u0007',
  '\r\nSet-Cookie: a=b',
  '\ud800',
  'x\udfffy',
  '\ufeff',
  '\u202egnp.exe',
  'a\u200bb',
  'é'.normalize('NFD'),
  '𝕬'.repeat(300),
  "' or 1=1 --",
  '"; drop table customer; --',
  '\\',
  '%00',
  '%',
  '_%',
  '?',
  '$1',
  '${7*7}',
  '{{7*7}}',
  '$(id)',
  '`id`',
  '../../etc/passwd',
  '=HYPERLINK("https://evil.example")',
  '<script>alert(1)</script>',
  '__proto__',
  'NaN',
  '1e309',
  '-1',
  '0x10',
  '00000000-0000-0000-0000-000000000000',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '999.999.999.999/99',
  'a@b',
  `${'a'.repeat(240)}@example.com`,
  'x'.repeat(5_000),
];
const NUMBERS = [0, -0, -1, 1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324];
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }));
const anything = fc.oneof(
  hostile,
  fc.constantFrom<unknown>(...NUMBERS, null, true, false, [], {}, [[]], { a: { a: {} } }),
  fc.jsonValue({ maxDepth: 3 }),
);

const FORMATS: Record<string, fc.Arbitrary<string>> = {
  email: fc.emailAddress(),
  uuid: fc.uuid(),
  'date-time': fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ip: fc.oneof(fc.ipV4(), fc.ipV6()),
  'ipv4-cidr': fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 33 })).map(([ip, bits]) => `${ip}/${bits}`),
  'ipv6-cidr': fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 129 })).map(([ip, bits]) => `${ip}/${bits}`),
};

/** A text as it is asked for, at its shortest, at its longest, and one longer. */
function textOf({ pattern, format, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  const made = FORMATS[String(format)];
  // A pattern alone says of a date how it is written, not that it is one.
  if (pattern) return fc.oneof(fc.stringMatching(new RegExp(String(pattern))), ...(made ? [made] : []));
  if (made) return made;
  const [least, most] = [Number(minLength ?? 0), Number(maxLength ?? 200)];
  const edges = [least - 1, least, most, most + 1].filter((length) => length >= 0).map((length) => 'é'.repeat(length));
  const ordinary = fc.string({ unit: 'grapheme', minLength: least, maxLength: Math.min(most, 60) });
  return fc.oneof(fc.constantFrom(...edges), ordinary);
}

/**
 * Values for a schema: mostly what it asks for, at its edges and one step over them, now and then anything else.
 * @param known  values worth naming, such as ids of what is there
 */
export function valuesOf(schema: Schema, api: Published, known: readonly string[]): fc.Arbitrary<unknown> {
  const of = (inner: unknown) => valuesOf(inner as Schema, api, known);
  // It holds itself, without end.
  if (schema['$ref'] === '#/components/schemas/AnyJson') return anything;
  const asked = api.resolve(schema);
  const { type, enum: choices, anyOf, properties, required = [], items, additionalProperties } = asked;
  const types = [type].flat();
  const good = (): fc.Arbitrary<unknown> => {
    if (choices) return fc.constantFrom(...(choices as unknown[]));
    if (anyOf && !types.includes('object')) return fc.oneof(...(anyOf as unknown[]).map(of));
    if (types.includes('object')) {
      const named = Object.fromEntries(Object.entries(properties ?? {}).map(([name, inner]) => [name, of(inner)]));
      const whole = fc.record(named, { requiredKeys: required as string[] });
      const keys = fc.oneof(hostile, fc.constantFrom('a', 'create_domain', 'starter', 'encoding'));
      if (properties) return whole;
      return fc.dictionary(keys, additionalProperties ? of(additionalProperties) : anything, { maxKeys: 4 });
    }
    if (types.includes('array')) return fc.array(items ? of(items) : anything, { maxLength: 22 });
    if (types.includes('boolean')) return fc.boolean();
    if (types.includes('integer') || types.includes('number')) {
      const { minimum: min = -10, maximum: max = 1000 } = asked as { minimum?: number; maximum?: number };
      return fc.oneof(fc.constantFrom(min - 1, min, max, max + 1), fc.integer({ min, max }));
    }
    return fc.oneof(fc.constantFrom(...known), textOf(asked), textOf(asked));
  };
  return fc.oneof({ weight: 19, arbitrary: good() }, { weight: 1, arbitrary: anything });
}

export interface FuzzedRequest {
  path: string;
  query: string;
  headers: Record<string, string>;
  /** Text, so that it may be no JSON. */
  body: string | undefined;
}

const inPath = (text: string) => encodeURIComponent(text.toWellFormed()) || '%20';

/** Requests for an operation, from its published description. */
export function requestsOf(
  operation: Operation,
  api: Published,
  known: readonly string[],
): fc.Arbitrary<FuzzedRequest> {
  const words = fc.oneof(fc.constantFrom(...known), fc.constantFrom(...known), hostile);
  const places = fc.array(words, { minLength: 3, maxLength: 3 });
  const asked = operation.parameters.filter((one) => one.in === 'query');
  const query = fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('after', 'limit', ...asked.map(({ name }) => name)),
        fc.constantFrom('__proto__', 'x[]'),
      ),
      fc.oneof(hostile, ...asked.map(({ schema }) => valuesOf(schema, api, known).map(String))),
    ),
    { maxLength: asked.length > 0 ? 4 : 1 },
  );
  const value = operation.body ? valuesOf(operation.body, api, known) : anything;
  const json = value.map((one) => JSON.stringify(one) ?? '');
  const cut = json.map((text) => text.slice(0, -1));
  const odd = fc.constantFrom(
    '{"a":1,"a":2}',
    '{"__proto__":{}}',
    '[',
    '""',
    'null',
    '\ufeff{}',
    '{"a":"\u0000"}',
    '1e999',
  );
  const body = fc.oneof({ weight: 12, arbitrary: json }, { weight: 1, arbitrary: cut }, { weight: 1, arbitrary: odd });
  const key = fc.oneof(
    fc.stringMatching(/^[\x21-\x7e]{8,200}$/),
    fc.constantFrom('short', 'x'.repeat(201), 'same-key'),
  );
  return fc.tuple(places, query, body, fc.option(key, { freq: 8 })).map(([at, pairs, text, again]): FuzzedRequest => {
    let place = 0;
    return {
      path: operation.path.replaceAll(/\{\w+\}/g, () => inPath(at[(place += 1) - 1]!)),
      query: pairs.map(([name, one]) => `${inPath(name)}=${inPath(one)}`).join('&'),
      headers: again ? { 'idempotency-key': again } : {},
      body: operation.method === 'GET' ? undefined : text.toWellFormed(),
    };
  });
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Every way to change one thing of a good body: each field missing, of another type or hostile, one more, one twice. */
export function oneThingWrong(body: unknown): string[] {
  const wrong = [...HOSTILE, ...NUMBERS, null, true, [], {}, ['x'], { x: 'x' }].map((value) => JSON.stringify(value));
  const variants = (value: Json): string[] => {
    if (typeof value !== 'object' || value === null) return wrong;
    const inside = (parts: [name: string | undefined, value: Json][], [open, close]: [string, string]) => {
      const shown = parts.map(
        ([name, part]) => `${name === undefined ? '' : `${JSON.stringify(name)}:`}${JSON.stringify(part)}`,
      );
      const frame = (texts: string[]) => `${open}${texts.join(',')}${close}`;
      return parts.flatMap(([name, part], at) => [
        frame(shown.toSpliced(at, 1)),
        ...variants(part).map((text) =>
          frame(shown.with(at, name === undefined ? text : `${JSON.stringify(name)}:${text}`)),
        ),
      ]);
    };
    const more = ['"__proto__":{}', '"constructor":1', '"id":"x"', '"status":"active"', '"":1'];
    if (Array.isArray(value))
      return [
        ...inside(
          value.map((part) => [undefined, part]),
          ['[', ']'],
        ),
        'null',
        '{}',
        '"x"',
      ];
    const entries = Object.entries(value);
    const whole = JSON.stringify(value).slice(1, -1);
    return [
      ...inside(entries, ['{', '}']),
      ...[...more, ...(whole ? [whole.split(',')[0]!] : [])].map((field) => `{${whole}${whole && ','}${field}}`),
      'null',
      '[]',
      '"x"',
    ];
  };
  return variants(body as Json);
}
