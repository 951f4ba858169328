/** What our description of the API (OpenAPI 3.1) has, as far as the reference page shows it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}
type Content = Record<string, { schema?: Schema; example?: unknown }>;

export interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Content };
  responses?: Record<string, { description?: string; content?: Content; headers?: Record<string, Schema> }>;
  security?: Record<string, string[]>[];
  'x-access'?: { actor: string; permission?: string; fresh?: boolean };
}

export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  servers?: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas?: Record<string, Schema>;
    securitySchemes?: Record<
      string,
      { type: string; in?: string; name?: string; scheme?: string; description?: string }
    >;
  };
}

export interface PlacedOperation {
  id: string;
  method: string;
  path: string;
  operation: Operation;
}

/** Operations by subject, in the order of the description. @param wanted  only those that have this in path, summary or subject */
export function operationsBySubject({ paths }: ApiDocument, wanted = ''): Map<string, PlacedOperation[]> {
  const found = new Map<string, PlacedOperation[]>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const subject = operation.tags?.[0] ?? 'Other';
      const says = `${method} ${path} ${operation.summary ?? ''} ${subject}`.toLowerCase();
      if (!says.includes(wanted.trim().toLowerCase())) continue;
      const id = `${method}-${path.replaceAll(/[^\w]+/g, '-').replaceAll(/^-|-$/g, '')}`;
      found.set(subject, [...(found.get(subject) ?? []), { id, method: method.toUpperCase(), path, operation }]);
    }
  }
  return found;
}

export const nameOf = ($ref: string): string => $ref.slice($ref.lastIndexOf('/') + 1);
/** Where a named schema stands on the page. */
export const schemaId = (name: string): string => `schema-${name}`;
