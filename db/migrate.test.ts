import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import pg from 'pg';
import { migrate, openMigrator } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { ensureRoles } from './roles.ts';
import { createTestDatabase, TEST_PASSWORDS, type TestDatabase } from './testing/database.ts';
import { buy, fill, type Bought } from './testing/bought.ts';
import { CATALOG } from './testing/catalog.ts';
import { insert, rows } from './testing/rows.ts';

const NAMES = migrations.map(({ name }) => name);
/** An owner as operators have it: no superuser, may make the other roles. */
const OWNER = `migrates_${process.pid}`;
let db: TestDatabase;
/** An empty database of that owner, and its address. */
let url: string;
let owner: pg.Client;

beforeAll(async () => {
  db = await createTestDatabase('migrations');
  await db.sql(`create role ${OWNER} login createrole password 'test'`);
  for (const role of ['api', 'worker', 'license', 'readonly', 'customer', 'staff']) {
    await db.sql(`grant hostwright_${role} to ${OWNER} with admin option`);
  }
});
afterAll(async () => {
  await db.sql(`drop owned by ${OWNER}`);
  await db.sql(`drop role ${OWNER}`);
  await db.drop();
});

async function emptyDatabase() {
  await db.sql(`create database "${db.name}_empty" template template0 owner ${OWNER}`);
  const at = new URL(db.ownerUrl);
  Object.assign(at, { pathname: `/${db.name}_empty`, username: OWNER, password: 'test' });
  url = at.href;
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
}
afterEach(async () => {
  await owner?.end();
  await db.sql(`drop database if exists "${db.name}_empty" with (force)`);
});

const catalog = async () => (await owner.query<{ line: string }>(CATALOG)).rows.map(({ line }) => line);
/** One migration up or down. */
async function step(way: 'up' | 'down', list = migrations): Promise<string[]> {
  const orm = await openMigrator(url, list);
  try {
    return (await orm.migrator[way]()).map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

describe('a database is brought to this version', () => {
  it('when it is empty, and once only, by an owner who is no superuser', async () => {
    await emptyDatabase();
    expect(await migrate(url, TEST_PASSWORDS)).toEqual(NAMES);
    const fresh = await catalog();
    expect(fresh.length).toBeGreaterThan(500);
    expect(await migrate(url, TEST_PASSWORDS)).toEqual([]);
    expect(await migrate(url, {})).toEqual([]);
    expect(await catalog()).toEqual(fresh);
  });

  it('by one of two who start at once', async () => {
    await emptyDatabase();
    const ran = await Promise.all([migrate(url, TEST_PASSWORDS), migrate(url, TEST_PASSWORDS)]);
    expect(ran.toSorted((a, b) => a.length - b.length)).toEqual([[], NAMES]);
  });

  it('when it is filled: every row is there afterwards, and the guards hold for it', async () => {
    await emptyDatabase();
    const counts = async () => {
      const tables = ['customer', 'plan', 'plan_price', 'node', 'order', 'subscription', 'service', 'license'];
      const found = await owner.query(
        tables.map((name) => `select '${name}' as name, count(*)::int as n from "${name}"`).join(' union all '),
      );
      return Object.fromEntries(found.rows.map(({ name, n }) => [name, n]));
    };
    expect(await step('up', migrations.slice(0, 3))).toEqual(NAMES.slice(0, 3));
    const bought: Bought[] = [await buy(owner), await buy(owner)];
    const before = await counts();
    expect(before).toMatchObject({ customer: 2, order: 2, license: 2 });

    expect(await migrate(url, TEST_PASSWORDS)).toEqual(NAMES.slice(3));
    expect(await counts()).toEqual(before);
    for (const one of bought) await fill(owner, one);
    const last = await buy(owner);
    const numbers = await owner.query('select id, number::int from customer order by number');
    expect(numbers.rows).toEqual([...bought, last].map(({ customer_id: id }, i) => ({ id, number: i + 1 })));
    const { customer_id, order_id, plan_id, plan_price_id } = bought[0]!;
    await expect(
      insert(owner, 'subscription', rows.subscription({ customer_id, order_id, plan_id, plan_price_id })),
    ).rejects.toMatchObject({ constraint: 'subscription_order_id_key' });
    expect(await migrate(url, TEST_PASSWORDS)).toEqual([]);
  });

  it('or not at all: a migration that fails leaves nothing of this run', async () => {
    await emptyDatabase();
    class Broken extends Migration {
      override up(): void {
        this.addSql('create table half (id uuid primary key)');
        this.addSql('select 1 / 0');
      }
    }
    await expect(step('up', [...migrations, { name: '9999-broken', class: Broken }])).rejects.toThrow(
      'division by zero',
    );
    expect(await catalog()).toEqual([]);
    expect(await step('up')).toEqual(NAMES);
  });

  it('each step back leaves what was before it, filled or not, and each step forward what is after it', async () => {
    await emptyDatabase();
    const after: string[][] = [await catalog()];
    for (let n = 1; n <= NAMES.length; n += 1) {
      expect(await step('up', migrations.slice(0, n))).toEqual([NAMES[n - 1]]);
      after.push(await catalog());
    }
    await fill(owner, await buy(owner));
    for (let n = NAMES.length; n >= 1; n -= 1) {
      expect([NAMES[n - 1], await catalog()]).toEqual([NAMES[n - 1], after[n]]);
      expect(await step('down')).toEqual([NAMES[n - 1]]);
      expect([NAMES[n - 1], await catalog()]).toEqual([NAMES[n - 1], after[n - 1]]);
      expect(await step('up', migrations.slice(0, n))).toEqual([NAMES[n - 1]]);
      expect([NAMES[n - 1], await catalog()]).toEqual([NAMES[n - 1], after[n]]);
      expect(await step('down', migrations.slice(0, n))).toEqual([NAMES[n - 1]]);
    }
    expect(await catalog()).toEqual([]);
  });
});

describe('roles', () => {
  const withRoles = (...names: string[]) =>
    ({
      query: async () => ({ rows: names.map((rolname) => ({ rolname, rolcanlogin: true })) }),
    }) as unknown as pg.ClientBase;

  it.each([
    ['api', []],
    ['license', ['hostwright_api', 'hostwright_worker', 'hostwright_customer', 'hostwright_staff']],
  ])('%s, missing and without a password, is named, with the way out', async (role, there) => {
    await expect(ensureRoles(withRoles(...there), {})).rejects.toThrow(
      `The database has no role hostwright_${role} that may sign in, and no password for it was given. Give DATABASE_${role.toUpperCase()}_URL a password, or create the role.`,
    );
  });

  it('keep the password they have when none is given', async () => {
    await emptyDatabase();
    await ensureRoles(owner, {});
    const api = new pg.Client({ connectionString: db.url('api') });
    await api.connect();
    expect((await api.query('select current_user as who')).rows).toEqual([{ who: 'hostwright_api' }]);
    await api.end();
  });

  // Roles belong to the whole cluster, where other tests sign in: what is done to them here is rolled back.
  it('of an older version are parted: the API was a member of customers and staff, who could not sign in', async () => {
    await emptyDatabase();
    const asked = `select rolname, rolcanlogin, pg_has_role('hostwright_api', oid, 'member') as by_api from pg_roles
      where rolname in ('hostwright_customer', 'hostwright_staff') order by 1`;
    await owner.query('begin');
    await owner.query('alter role hostwright_staff nologin; alter role hostwright_customer nologin');
    await owner.query('grant hostwright_customer, hostwright_staff to hostwright_api');
    await expect(ensureRoles(owner, {})).rejects.toThrow(
      'no role hostwright_customer that may sign in, and no password for it was given. Give DATABASE_CUSTOMER_URL or DATABASE_API_URL a password, or create the role.',
    );
    await ensureRoles(owner, TEST_PASSWORDS);
    expect((await owner.query(asked)).rows).toEqual([
      { rolname: 'hostwright_customer', rolcanlogin: true, by_api: false },
      { rolname: 'hostwright_staff', rolcanlogin: true, by_api: false },
    ]);
    await owner.query('rollback');
  });

  it('a membership that the owner cannot take away is named', async () => {
    await emptyDatabase();
    const superuser = new pg.Client({ connectionString: db.ownerUrl });
    await superuser.connect();
    await superuser.query(`begin; grant hostwright_staff to hostwright_worker; set local role ${OWNER}`);
    await expect(ensureRoles(superuser, {})).rejects.toThrow(
      'As a superuser: revoke hostwright_staff from hostwright_worker cascade.',
    );
    await superuser.query('rollback');
    await superuser.end();
  });
});
