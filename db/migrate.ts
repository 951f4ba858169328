import { MikroORM } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import pg from 'pg';
import { migrations } from './migrations/index.ts';
import { ensureRoles, type Passwords } from './roles.ts';

/**
 * Brings a database, empty or filled, to this version: roles first, then the migrations it has not run.
 * @param ownerUrl  postgres:// of the role that owns the tables
 * @returns the names of the migrations that ran now
 */
export async function migrate(ownerUrl: string, passwords: Passwords): Promise<string[]> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    // Two starts at once: the second waits here and then finds nothing to do.
    await owner.query(`select pg_advisory_lock(hashtext('hostwright migrations'))`);
    await ensureRoles(owner, passwords);
    return await runMigrations(ownerUrl);
  } finally {
    await owner.end();
  }
}

async function runMigrations(ownerUrl: string): Promise<string[]> {
  const orm = await openMigrator(ownerUrl);
  try {
    const ran = await orm.migrator.up();
    return ran.map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

/** @param list  in the order they run; each run is one transaction, so a failure in it leaves nothing half done */
export const openMigrator = (ownerUrl: string, list: typeof migrations = migrations) =>
  MikroORM.init({
    clientUrl: ownerUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: list, tableName: 'schema_migration', snapshot: false, allOrNothing: true },
    logger: () => {},
  });
