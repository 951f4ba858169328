import pg from 'pg';
import { openOrm, type Orm } from '../orm.ts';
import { closeActing, openActing, type ActingOrm } from '../acting.ts';
import { actingUrl, roleName, type LoginRole } from '../roles.ts';

/** Passwords of the roles in test clusters; nothing but tests reads them. */
export const TEST_PASSWORDS: { [role in Exclude<LoginRole, 'customer' | 'staff'>]: string } = {
  api: 'api-test',
  worker: 'worker-test',
  license: 'license-test',
  readonly: 'readonly-test',
};

export interface TestDatabase {
  name: string;
  /** Owner's address: migrations, and looking at everything. */
  ownerUrl: string;
  url(role: LoginRole): string;
  orm(role: LoginRole, poolMax?: number): Promise<Orm>;
  /** As the API has it. */
  acting(poolMax?: number): Promise<ActingOrm>;
  /** One owner connection for assertions in SQL; row-level security does not hide from it. */
  sql<T extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  drop(): Promise<void>;
}

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run tests with \`npm test -- <part>\`, which starts what they need.`);
  return value;
};

/**
 * A database of its own for one test file, copied from the migrated template in about 100 ms.
 * @param label  letters, for people who look at the cluster
 */
export async function createTestDatabase(label: string): Promise<TestDatabase> {
  const cluster = setting('HOSTWRIGHT_TEST_PG_URL');
  const name = `${label}_${process.pid}_${Date.now().toString(36)}`.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  const admin = new pg.Client({ connectionString: cluster });
  await admin.connect();
  await admin.query(`create database "${name}" template "${setting('HOSTWRIGHT_TEST_TEMPLATE')}"`);
  await admin.end();

  const at = (user?: string, password?: string) => {
    const url = new URL(cluster);
    url.pathname = `/${name}`;
    if (user) Object.assign(url, { username: user, password });
    return url.href;
  };
  const urlOf = (role: LoginRole) =>
    role === 'customer' || role === 'staff'
      ? actingUrl(at(roleName('api'), TEST_PASSWORDS.api), role)
      : at(roleName(role), TEST_PASSWORDS[role]);
  const orms: Orm[] = [];
  const actings: ActingOrm[] = [];
  const owner = new pg.Pool({ connectionString: at(), max: 2 });
  owner.on('error', () => {});
  return {
    name,
    ownerUrl: at(),
    url: urlOf,
    async orm(role, poolMax = 5) {
      const orm = await openOrm(urlOf(role), poolMax);
      orms.push(orm);
      return orm;
    },
    async acting(poolMax = 10) {
      const acting = await openActing({ api: urlOf('api') }, poolMax);
      actings.push(acting);
      return acting;
    },
    async sql(text, values) {
      return (await owner.query(text, values)).rows as never;
    },
    async drop() {
      for (const orm of orms) await orm.close(true);
      for (const acting of actings) await closeActing(acting);
      await owner.end();
      const last = new pg.Client({ connectionString: cluster });
      await last.connect();
      await last.query(`drop database if exists "${name}" with (force)`);
      await last.end();
    },
  };
}
