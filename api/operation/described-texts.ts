type Schema = Record<string, unknown>;

/** What no text of a body may have, wherever it stands: controls but tab, newline and carriage return (IN-04). */
export const TEXT = String.raw`^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$`;
/** These leave no room for a control. */
const NARROWER = ['pattern', 'enum', 'const', 'anyOf'];
const EXACT = new Set(['uuid', 'date-time']);
/** Any JSON, where clients may send what they like. */
const ANY_JSON = 'AnyJson';

/** Says of every text a body may hold what is checked of all of them before anything is made of it. */
export function describeTexts(document: { paths?: object; components?: { schemas?: object } }): void {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const seen = new Set<unknown>();
  let usesAny = false;

  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null || seen.has(schema)) return;
    seen.add(schema);
    const one = schema as Schema;
    const reference = /^#\/components\/schemas\/(.+)$/.exec(String(one['$ref']))?.[1];
    if (reference) walk(schemas[reference]);
    const types = [one['type']].flat();
    if (types.includes('string') && !NARROWER.some((word) => word in one) && !EXACT.has(String(one['format']))) {
      one['pattern'] = TEXT;
    }
    if (types.includes('object')) {
      const { additionalProperties: more, properties } = one;
      const isOpen =
        more === undefined || more === true || (typeof more === 'object' && Object.keys(more!).length === 0);
      if (more !== false && !(properties && more === undefined && !isOpen)) one['propertyNames'] ??= { pattern: TEXT };
      if (isOpen) {
        one['additionalProperties'] = { $ref: `#/components/schemas/${ANY_JSON}` };
        usesAny = true;
      }
    }
    for (const inner of Object.values((one['properties'] as Schema | undefined) ?? {})) walk(inner);
    for (const word of ['items', 'additionalProperties']) walk(one[word]);
    for (const word of ['oneOf', 'anyOf', 'allOf']) for (const inner of (one[word] as unknown[]) ?? []) walk(inner);
  };

  for (const item of Object.values(document.paths ?? {})) {
    for (const { requestBody } of Object.values(item as Record<string, { requestBody?: { content?: object } }>)) {
      for (const { schema } of Object.values((requestBody?.content ?? {}) as Record<string, { schema: unknown }>)) {
        walk(schema);
      }
    }
  }
  if (usesAny) schemas[ANY_JSON] = anyJson();
}

const anyJson = (): Schema => {
  const again = { $ref: `#/components/schemas/${ANY_JSON}` };
  return {
    description: 'Any JSON, nested at most 32 levels deep with all that is around it',
    anyOf: [
      { type: ['null', 'boolean', 'number'] },
      { type: 'string', pattern: TEXT },
      { type: 'array', items: again, maxItems: 1000 },
      { type: 'object', propertyNames: { pattern: TEXT }, additionalProperties: again, maxProperties: 200 },
    ],
  };
};
