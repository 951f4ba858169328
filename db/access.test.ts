import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LOGIN_ROLES } from './roles.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { connectAs } from './testing/rows.ts';

/** Who may touch what, asked of PostgreSQL's own catalog, so that a table added later is asked too. */
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('access');
});
afterAll(() => db.drop());

const SIX = `'hostwright_api', 'hostwright_customer', 'hostwright_license', 'hostwright_readonly', 'hostwright_staff', 'hostwright_worker'`;
const ours = `c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')`;
/** Every column that a role may use in some way: `table.column`. */
const columnsOf = async (role: string, right: 'select' | 'insert' | 'update') =>
  (
    await db.sql<{ name: string }>(
      `select c.relname || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
        where ${ours} and a.attnum > 0 and not a.attisdropped and has_column_privilege($1, c.oid, a.attnum, $2) order by 1`,
      [`hostwright_${role}`, right],
    )
  ).map(({ name }) => name);
const tablesOf = async (role: string, right: 'select' | 'insert' | 'update') => [
  ...new Set((await columnsOf(role, right)).map((name) => name.split('.')[0])),
];

describe('AUTHZ-08 roles', () => {
  it('are the six, none a superuser, none past row-level security, none making roles or databases', async () => {
    const roles = await db.sql(
      `select rolname, rolcanlogin from pg_roles where rolname in (${SIX})
        and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit) order by 1`,
    );
    expect(roles).toEqual([
      { rolname: 'hostwright_api', rolcanlogin: true },
      { rolname: 'hostwright_customer', rolcanlogin: true },
      { rolname: 'hostwright_license', rolcanlogin: true },
      { rolname: 'hostwright_readonly', rolcanlogin: true },
      { rolname: 'hostwright_staff', rolcanlogin: true },
      { rolname: 'hostwright_worker', rolcanlogin: true },
    ]);
  });

  it('become no other', async () => {
    const members = await db.sql(
      `select distinct pg_get_userbyid(member) as who, pg_get_userbyid(roleid) as acts_as from pg_auth_members
        where pg_get_userbyid(member) in (${SIX}) order by 1, 2`,
    );
    expect(members).toEqual([]);
  });

  it.each(['api', 'customer', 'staff', 'worker', 'license', 'readonly'] as const)(
    'a statement that is smuggled into a transaction of %s makes it nobody else',
    async (login) => {
      const client = await connectAs(db, login);
      for (const other of LOGIN_ROLES.filter((role) => role !== login)) {
        for (const way of [`set role hostwright_${other}`, `set local role hostwright_${other}`]) {
          await client.query('begin');
          await expect(client.query(way)).rejects.toThrow('permission denied to set role');
          await client.query('rollback');
        }
        await expect(client.query(`set session authorization hostwright_${other}`)).rejects.toThrow(
          'permission denied',
        );
      }
      await client.end();
    },
  );

  it('own nothing, and make nothing', async () => {
    const owned = await db.sql(
      `select relname as name from pg_class where pg_get_userbyid(relowner) in (${SIX})
       union all select proname from pg_proc where pg_get_userbyid(proowner) in (${SIX})
       union all select nspname from pg_namespace where pg_get_userbyid(nspowner) in (${SIX})`,
    );
    expect(owned).toEqual([]);
    const making = await db.sql(
      `select rolname from pg_roles where rolname in (${SIX}) and has_schema_privilege(oid, 'public', 'create')`,
    );
    expect(making).toEqual([]);
  });

  it('leave all of it to one owner, who is no superuser either', async () => {
    const owners = await db.sql(
      `select distinct rolname, rolsuper or rolbypassrls as above_the_rules from pg_class c join pg_roles r on r.oid = c.relowner where ${ours}
       union select distinct rolname, rolsuper or rolbypassrls from pg_proc p join pg_roles r on r.oid = p.proowner where p.pronamespace = 'public'::regnamespace`,
    );
    expect(owners).toEqual([{ rolname: 'hostwright_owner', above_the_rules: false }]);
  });

  it('get nothing by being anybody', async () => {
    const open = await db.sql(
      `select c.relname from pg_class c, aclexplode(c.relacl) a where ${ours} and a.grantee = 0
       union all select p.proname from pg_proc p left join lateral aclexplode(p.proacl) a on true
        where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.prorettype <> 'trigger'::regtype and (p.proacl is null or a.grantee = 0)`,
    );
    expect(open).toEqual([]);
  });

  it('empty no table, and delete only what may be forgotten', async () => {
    const rights = await db.sql(
      `select pg_get_userbyid(a.grantee) || ' ' || lower(a.privilege_type) || 's ' || c.relname as may
        from pg_class c, aclexplode(c.relacl) a
        where ${ours} and pg_get_userbyid(a.grantee) in (${SIX})
          and a.privilege_type not in ('SELECT', 'INSERT', 'UPDATE') order by 1`,
    );
    expect(rights.map(({ may }) => may)).toEqual([
      'hostwright_api deletes account_request',
      'hostwright_api deletes guess',
      'hostwright_api deletes idempotency',
      'hostwright_api deletes payload_reading',
      'hostwright_api deletes recovery_code',
      'hostwright_api deletes second_factor',
      'hostwright_api deletes service_secret',
      'hostwright_staff deletes plan_package',
      'hostwright_staff deletes plan_quota',
      'hostwright_worker deletes node_calls',
      'hostwright_worker deletes service_secret',
    ]);
  });
});

describe('AUTHZ-08 tables that belong to customers', () => {
  it('have row-level security, forced, with a policy that checks what is read and what is written', async () => {
    const owned = await db.sql<{ name: string; forced: boolean; using: string | null; check: string | null }>(
      `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced, p.qual as using, p.with_check as check
        from pg_class c
        left join pg_policies p on p.tablename = c.relname and p.roles = '{hostwright_customer}' and p.cmd = 'ALL'
        where ${ours} and (c.relname = 'customer' or exists (
          select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id' and not a.attisdropped))
        order by 1`,
    );
    expect(owned.length).toBeGreaterThan(20);
    for (const { name, forced, using, check } of owned) {
      expect([name, forced]).toEqual([name, true]);
      const me = `= acting_customer())`;
      const column = name === 'customer' ? 'id' : 'customer_id';
      expect([name, using]).toEqual([name, `(${column} ${me}`]);
      expect([name, check]).toEqual([name, expect.stringContaining(`(${column} ${me}`)]);
    }
  });

  it('have an index that finds a customer, where customers read', async () => {
    const readable = await tablesOf('customer', 'select');
    const indexed = await db.sql<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id'
        where ${ours} and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum)`,
    );
    // These are read through the row they hang on.
    const through = ['order_line', 'order_event', 'invoice_line', 'license_quota', 'credit_note', 'refund'];
    expect(
      indexed.map(({ name }) => name).filter((name) => readable.includes(name) && !through.includes(name)),
    ).toEqual([]);
  });

  it('are all that a customer reaches, and what everybody may see', async () => {
    const forced = await db.sql<{ name: string }>(
      `select c.relname as name from pg_class c where ${ours} and c.relforcerowsecurity`,
    );
    const safe = new Set(forced.map(({ name }) => name));
    expect((await tablesOf('customer', 'select')).filter((name) => !safe.has(name!))).toEqual([
      'node',
      'number_series',
      'plan',
      'plan_price',
      'plan_quota',
      'setting',
    ]);
    expect(await columnsOf('customer', 'update')).toEqual([
      'customer.company',
      'customer.country',
      'customer.currency',
      'customer.name',
      ...(await columnsOf('customer', 'update')).filter((name) => /^(idempotency|number_series)\./.test(name)),
    ]);
  });
});

describe('AUTHZ-11 functions', () => {
  it('that run as their owner pin where they look names up', async () => {
    const functions = await db.sql<{ name: string; path: string | null }>(
      `select proname as name, (select setting from unnest(proconfig) setting where setting like 'search_path=%') as path
        from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1`,
    );
    expect(functions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['audit_sequence', 'audit_verify', 'audit_wait']),
    );
    for (const { name, path } of functions) expect([name, path]).toEqual([name, 'search_path=public, pg_temp']);
  });

  it('views look as whoever asks', async () => {
    const views = await db.sql(
      `select relname from pg_class c where ${ours} and relkind in ('v', 'm') and not coalesce('security_invoker=true' = any(reloptions), false)`,
    );
    expect(views).toEqual([]);
  });

  it.each([
    ['audit_sequence(integer)', ['worker']],
    ['audit_verify()', ['readonly', 'staff']],
    ['sealed_license_key(uuid)', ['staff']],
    ['license_with_key(bytea)', ['staff']],
    ['placeable_plans(uuid[], uuid)', ['api', 'customer', 'staff']],
  ])('%s is run by whom it is for', async (name, roles) => {
    const may = await db.sql<{ role: string }>(
      `select replace(rolname, 'hostwright_', '') as role from pg_roles
        where rolname in (${SIX}) and has_function_privilege(oid, $1::regprocedure, 'execute') order by 1`,
      [name],
    );
    expect(may.map(({ role }) => role)).toEqual(roles);
  });
});

describe('AUTHZ-12 the license path', () => {
  it('reads what a decision needs, column by column, and nothing about people or money', async () => {
    const tables = await tablesOf('license', 'select');
    expect(tables).toEqual(['api_key', 'license', 'license_quota', 'node', 'panel_credential', 'setting']);
    const columns = await columnsOf('license', 'select');
    expect(columns.filter((name) => name.startsWith('license.'))).toEqual([
      'license.expires_at',
      'license.id',
      'license.in_grace',
      'license.issued_at',
      'license.key_hash',
      'license.last_validated_at',
      'license.node_id',
      'license.status',
      'license.unnamed_features',
      'license.validations',
    ]);
    expect(columns.filter((name) => name.startsWith('node.'))).toEqual(['node.base_url', 'node.id', 'node.name']);
    // Keys are found by their hash; their names and owners are nobody's business here.
    expect(columns.filter((name) => name.startsWith('api_key.'))).toEqual([
      'api_key.allowed_networks',
      'api_key.expires_at',
      'api_key.id',
      'api_key.key_hash',
      'api_key.revoked_at',
      'api_key.scopes',
    ]);
    const personal =
      /email|customer_id|recipient|password|company|country|minor|currency|amount|buyer|key_sealed|credentials/;
    expect(columns.filter((name) => personal.test(name))).toEqual(['license_quota.customer_id']);
  });

  it('writes that it was asked, and nothing else', async () => {
    expect(await columnsOf('license', 'update')).toEqual([
      'license.last_validated_at',
      'license.validations',
      'panel_credential.last_used_at',
    ]);
    expect(await tablesOf('license', 'insert')).toEqual(['audit_entry']);
  });
});

describe('SECR-03 secrets', () => {
  const sealed = ['service_secret.sealed', 'panel_credential.secret', 'license.key_sealed', 'node.credentials'];

  it.each([
    ['readonly', []],
    ['customer', ['license.key_sealed']],
    ['license', ['panel_credential.secret']],
    ['api', ['service_secret.sealed']],
    ['staff', []],
    ['worker', ['license.key_sealed', 'node.credentials', 'service_secret.sealed']],
  ])('%s reads of the sealed columns only %j', async (role, expected) => {
    const columns = await columnsOf(role, 'select');
    expect(sealed.filter((name) => columns.includes(name)).toSorted()).toEqual(expected);
  });

  it.each([
    ['readonly', []],
    ['customer', []],
    ['staff', []],
    ['license', ['api_key.key_hash', 'license.key_hash', 'panel_credential.secret']],
    // It finds a license by its key, and writes a link once.
    ['worker', ['license.key_hash', 'one_time_token.token_hash', 'payment_method.method_id']],
  ] as const)('AUTHZ-08 what proves somebody is for signing in; of it %s reads only %j', async (role, expected) => {
    const secrets = /password_hash|token_hash|code_hash|key_hash|\.(pending_)?secret$|method_id$/;
    expect((await columnsOf(role, 'select')).filter((name) => secrets.test(name))).toEqual(expected);
  });

  it('AUTHZ-04 nobody who asks the API sets a role, a password of another, or the key of a panel', async () => {
    const own = async (role: string, table: string) =>
      (await columnsOf(role, 'update')).filter((name) => name.startsWith(`${table}.`));
    expect(await own('staff', 'user_account')).toEqual([]);
    expect(await own('staff', 'api_key')).toEqual(['api_key.revoked_at']);
    expect(await own('staff', 'panel_credential')).toEqual(['panel_credential.revoked_at']);
    expect(await own('api', 'user_account')).toEqual([
      'user_account.email_confirmed_at',
      'user_account.password_hash',
      'user_account.second_factor_put_off_at',
    ]);
  });
});
