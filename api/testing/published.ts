import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describeApi } from '../operation/openapi.ts';
import type { Access } from '../http/access.ts';
import type { TestApi } from './harness.ts';

/** JSON Schema as OpenAPI 3.1 has it. */
export type Schema = Record<string, unknown>;

export interface Operation {
  method: string;
  /** With braces: `/orders/{id}`. */
  path: string;
  access: Access;
  /** Of a JSON body, if it takes one. */
  body: Schema | undefined;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }[];
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>) => `${method} ${path}`;

/** The published description: its operations, and whether an answer is one they promise. */
export function published(api: TestApi) {
  const document = describeApi(api.app, 'https://portal.test') as unknown as {
    paths: Record<string, Record<string, Record<string, unknown>>>;
    components: { schemas: Record<string, Schema> };
  };
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Operation => {
      const { content } = (operation['requestBody'] ?? {}) as { content?: Record<string, { schema: Schema }> };
      return {
        method: method.toUpperCase(),
        path,
        access: operation['x-access'] as Access,
        body: content?.['application/json']?.schema,
        parameters: (operation['parameters'] ?? []) as Operation['parameters'],
        responses: operation['responses'] as Operation['responses'],
      };
    }),
  );

  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema({ $id: 'api', components: document.components });
  const checks = new Map<Schema, ValidateFunction>();
  const checkOf = (schema: Schema) => {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as Schema;
    if (!checks.has(schema)) checks.set(schema, ajv.compile(absolute));
    return checks.get(schema)!;
  };

  return {
    operations,
    schemas: document.components.schemas,
    nameOf,
    /** A reference as what it stands for. */
    resolve: (schema: Schema): Schema =>
      typeof schema['$ref'] === 'string'
        ? document.components.schemas[schema['$ref'].replace('#/components/schemas/', '')]!
        : schema,
    /** @returns what an answer has that its operation does not promise, or the other way round; nothing when it keeps its word */
    breaches(
      operation: Operation,
      { status, headers, text }: { status: number; headers: Headers; text: string },
    ): string[] {
      const type = (headers.get('content-type') ?? '').split(';')[0]!;
      const promised = operation.responses[String(status)];
      const { content } = promised?.content || (promised && status < 300) ? promised : operation.responses['default']!;
      if (!content) return text === '' ? [] : [`${status} has a body that is not promised`];
      const schema = content[type]?.schema;
      if (!schema) return [`${status} is ${type}, promised is ${Object.keys(content).join(', ')}`];
      if (!type.endsWith('json')) return [];
      const check = checkOf(schema);
      if (check(JSON.parse(text))) return [];
      return check.errors!.map(
        ({ instancePath, message, params }) => `${status} ${instancePath} ${message} ${JSON.stringify(params)}`,
      );
    },
  };
}
export type Published = ReturnType<typeof published>;

/** Objects of a schema that would let other fields through, by their place. */
export function openObjects(schema: unknown, at = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, properties, additionalProperties } = schema as Schema;
  const types = [type].flat();
  const isOpen = types.includes('object') && (properties ? additionalProperties !== false : !additionalProperties);
  return [
    ...(isOpen ? [at] : []),
    ...Object.entries(schema)
      .filter(([name]) => name !== 'example')
      .flatMap(([name, inner]) => openObjects(inner, `${at}/${name}`)),
  ];
}
