/** What a panel or a gateway that was taken over, or something in between, may answer (SSRF-07). */

export const ACTIVE = '\u001b[2J\u001b]0;owned\u0007<script>alert(1)</script>\u0000\u202e\r\n[x](javascript:alert(1))';

const wrongTypes = (fields: readonly string[]): object[] =>
  [null, -1, 1e308, '29.00', '', true, [], {}, ACTIVE, 'x'.repeat(100_000)].map((value) =>
    Object.fromEntries(fields.map((field) => [field, value])),
  );

/**
 * Bodies, by what is wrong with them.
 * @param fields  names the adapter reads, so that a wrong type is where it looks
 */
export function hostileBodies(fields: readonly string[]): Record<string, string> {
  const named = wrongTypes(fields);
  return {
    nothing: '',
    'a page': `<!doctype html><title>${ACTIVE}</title>`,
    text: ACTIVE,
    'a quoted text': JSON.stringify(ACTIVE),
    null: 'null',
    'a number': '1e999',
    'an empty object': '{}',
    'an empty list': '[]',
    'a list of wrong things': JSON.stringify([null, 1, 'x', [], {}, ...named]),
    'JSON cut off': '{"id":1,"username":"a',
    'deep JSON': `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
    'deep objects': `${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    'long text': JSON.stringify({ detail: 'x'.repeat(4_000_000) }),
    __proto__keys: `{"__proto__":{${fields.map((field) => `"${field}":"paid"`).join(',')}},"constructor":{"prototype":{}}}`,
    'an error in active text': JSON.stringify({
      detail: ACTIVE,
      message: ACTIVE,
      error: { message: ACTIVE, type: ACTIVE, code: ACTIVE },
    }),
    'an error in a strange shape': JSON.stringify({
      detail: { deep: [ACTIVE] },
      error: [ACTIVE],
      details: ACTIVE,
      links: ACTIVE,
    }),
    ...Object.fromEntries(named.map((body, at) => [`fields of wrong type ${at}`, JSON.stringify(body)])),
  };
}
export const STATUSES = [200, 201, 204, 400, 401, 404, 409, 422, 429, 500] as const;

/** Nothing that a terminal obeys, PostgreSQL refuses, or that turns text around; and no more than a screen of it. */
export function isFit(text: string): boolean {
  return text.length < 10_000 && !/[^\P{Cc}\n\t]|[\u202a-\u202e\ufeff]/u.test(text) && text.isWellFormed();
}

/** Every text in a result, keys included. */
export const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsOf(part)]);
};

export interface Ended {
  result?: unknown;
  error?: { name: string; message: string };
}
export const ended = async (work: Promise<unknown>): Promise<Ended> =>
  work.then(
    (result) => ({ result }),
    ({ name, message }: Error) => ({ error: { name, message } }),
  );

export const VENDOR_ERRORS = ['VendorUnavailable', 'OutcomeUnknown', 'VendorRefused', 'VendorUnauthorized'];
