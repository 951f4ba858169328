import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { ASKED, composeEnvironment } from '#cli/compose-env.ts';

export interface Service {
  image: string;
  command?: string | string[];
  entrypoint?: string | string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  networks: string[] | Record<string, { ipv4_address?: string }>;
  restart: string;
  profiles?: string[];
  volumes?: string[];
  healthcheck?: unknown;
  stop_grace_period?: string;
  deploy?: { replicas?: number; resources?: { limits?: { cpus?: string; memory?: string } } };
  depends_on?: Record<string, { condition: string }>;
}
export interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean; ipam?: { config: [{ subnet: string; gateway: string }] } }>;
}

/** A file, by its path from the root of the project. */
export const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** How one file changes another: `!reset` takes a value away, `!override` takes its place. */
const TAGS = (['reset', 'override'] as const).map((tag) => ({
  tag: `!${tag}`,
  collection: 'seq' as const,
  resolve: (node: { toJSON(): unknown }) => new Replaced(tag === 'reset' ? undefined : (node.toJSON() as unknown[])),
}));
class Replaced {
  readonly by: unknown;
  constructor(by: unknown) {
    this.by = by;
  }
}

export const parseCompose = (text: string): Compose =>
  parse(text, { merge: true, customTags: TAGS as never }) as Compose;

/** What Docker Compose makes of two files. */
export function merged<T>(base: T, over: unknown): T {
  if (over instanceof Replaced) return over.by as T;
  if (Array.isArray(base) && Array.isArray(over)) return [...base, ...over] as T;
  if (!isMap(base) || !isMap(over)) return withoutTags(over) as T;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, key in over ? merged(base[key], over[key]) : base[key]])) as T;
}

/** Tags read as what stands behind them. */
export function withoutTags(value: unknown): unknown {
  if (value instanceof Replaced) return value.by ?? [];
  if (Array.isArray(value)) return value.map(withoutTags);
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutTags(each)]))
    : value;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Replaced);

/** @returns what the schema of the Compose Specification finds wrong, or null */
export function schemaErrors(compose: unknown): unknown {
  // Ajv knows this draft by its older address and needs no other name for it.
  const { $schema: _, ...schema } = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json')) as object & {
    $schema: string;
  };
  const ajv = new Ajv({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  const validate = ajv.compile(schema);
  validate(compose);
  return validate.errors ?? null;
}

/** What Docker Compose makes of the values, with a person's answers. */
export function filledIn(values: Record<string, string>): Record<string, string> {
  const answers: Record<string, string> = {
    PUBLIC_URL: 'https://shop.example',
    SELLER_NAME: 'Ada',
    SELLER_EMAIL: 'ada@shop.example',
    SELLER_COUNTRY: 'DE',
    SMTP_HOST: 'mail.shop.example',
    MAIL_FROM: 'Ada <ada@shop.example>',
  };
  expect(Object.keys(answers)).toEqual(ASKED);
  const made = Object.fromEntries(
    composeEnvironment()
      .split('\n')
      .flatMap((line) => (/^\w+=./.test(line) ? [line.split(/=(.*)/s).slice(0, 2) as [string, string]] : [])),
  );
  const known = { ...made, ...answers };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value.replaceAll(
        /\$\{(\w+):([?-])([^}]*)\}/g,
        (_all, variable: string, kind: string, rest: string) => known[variable] ?? (kind === '-' ? rest : ''),
      ),
    ]),
  );
}
