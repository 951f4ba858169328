import { nameOf, type Schema } from './document.ts';

const BY_FORMAT: Record<string, string> = {
  uuid: '0199c3a0-5b1e-7c44-9d2f-3f6f0a1b2c3d',
  'date-time': '2026-12-01T10:00:00.000Z',
  date: '2026-12-01',
  email: 'ada@example.com',
  uri: 'https://example.com',
};
/** Schemas may hold themselves. */
const DEPTH_MAX = 6;

/** A value of a schema: its own example where it has one, else the shortest that shows every field. */
export function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>, depth = 0): unknown {
  if (depth > DEPTH_MAX) return null;
  const inner = (one: Schema) => exampleOf(one, schemas, depth + 1);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.$ref) return inner(schemas[nameOf(schema.$ref)] ?? {});
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, inner(one)]));
  }
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map(inner));
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  const [type] = [schema.type].flat();
  if (first && type !== 'string') return inner(first);
  switch (type) {
    case 'array':
      return [inner(schema.items ?? {})];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'string':
      return BY_FORMAT[schema.format ?? ''] ?? 'text';
    case 'object':
      return {};
    default:
      return null;
  }
}
