import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityMetadata } from '@mikro-orm/postgresql';
import type { Orm } from '../orm.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { entities } from './index.ts';

/** The migrations say what the tables are; entities only describe them, so they may not say anything else. */
let db: TestDatabase;
let orm: Orm;
let columns: Map<string, { type: string; nullable: boolean; filled: boolean }>;
let described: EntityMetadata[];

beforeAll(async () => {
  db = await createTestDatabase('entities');
  orm = await db.orm('readonly', 1);
  described = entities.map((schema) => orm.getMetadata().get(schema.meta.class!));
  const found = await db.sql<{ name: string; type: string; nullable: boolean; filled: boolean }>(
    `select table_name || '.' || column_name as name, data_type as type, is_nullable = 'YES' as nullable,
        column_default is not null or is_generated = 'ALWAYS' or is_identity = 'YES' as filled
      from information_schema.columns where table_schema = 'public'`,
  );
  columns = new Map(found.map(({ name, ...column }) => [name, column]));
});
afterAll(() => db.drop());

const properties = () =>
  described.flatMap(({ tableName, props }) =>
    props.map((property) => ({ name: `${tableName}.${property.fieldNames[0]}`, property })),
  );

describe('every entity', () => {
  it('has its table, and every property its column', () => {
    expect(described.length).toBe(entities.length);
    expect(
      properties()
        .map(({ name }) => name)
        .filter((name) => !columns.has(name)),
    ).toEqual([]);
  });

  it('may be null where the column may, and only there', () => {
    const differing = properties().filter(
      ({ name, property }) => Boolean(property.nullable) !== columns.get(name)?.nullable,
    );
    // Computed by the database, so it says nothing about null.
    expect(differing.map(({ name }) => name)).toEqual(['invoice.due_minor']);
  });

  it('reads each column as what it is', () => {
    const kinds: Record<string, RegExp> = {
      uuid: /^uuid$/,
      text: /^text$/,
      character: /^text$/,
      bigint: /^bigint$/,
      integer: /^(int|integer)$/,
      boolean: /^bool(ean)?$/,
      date: /^date$/,
      'timestamp with time zone': /^timestamptz/,
      bytea: /^bytea$/,
      jsonb: /^jsonb$/,
      ARRAY: /^text\[\]$/,
    };
    const differing = properties().flatMap(({ name, property }) => {
      const { type } = columns.get(name)!;
      const says = property.columnTypes[0]!;
      return kinds[type]?.test(says) ? [] : [`${name} is ${type}, read as ${says}`];
    });
    expect(differing).toEqual([]);
  });

  it('knows every column that has to be given', () => {
    const known = new Set(properties().map(({ name }) => name));
    const tables = new Set(described.map(({ tableName }) => tableName));
    const missing = [...columns].filter(
      ([name, { nullable, filled }]) => tables.has(name.split('.')[0]!) && !nullable && !filled && !known.has(name),
    );
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it('knows every column of its table, but what the license path and the database fill by themselves', () => {
    const known = new Set(properties().map(({ name }) => name));
    const tables = new Set(described.map(({ tableName }) => tableName));
    const unknown = [...columns.keys()].filter((name) => tables.has(name.split('.')[0]!) && !known.has(name));
    expect(unknown.toSorted()).toEqual([
      'customer.number',
      'license.last_validated_at',
      'license.validations',
      'node.takes_new',
      'order.payment_reference_key',
    ]);
  });
});
