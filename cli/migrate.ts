import { migrate } from '#db/migrate.ts';
import { openOrm } from '#db/orm.ts';
import { LOGIN_ROLES } from '#db/roles.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { Problem } from './problem.ts';
import { isUnreachable } from './unreachable.ts';

/**
 * Brings the database to this version. The owner's connection is DATABASE_OWNER_URL; each role's password is the one
 * in its own connection (DATABASE_API_URL and so on), so that the two can never differ.
 */
export async function migrateAsConfigured(env: Record<string, string | undefined>): Promise<string[]> {
  const owner = ownerOf(env);
  const passwords = LOGIN_ROLES.flatMap((role) => {
    const url = env[`DATABASE_${role.toUpperCase()}_URL`];
    const password = url ? decodeURIComponent(new URL(url).password) : '';
    return password ? [[role, password] as const] : [];
  });
  try {
    return await migrate(owner, Object.fromEntries(passwords));
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new Problem(`The database at ${new URL(owner).host} cannot be used: ${error.message}.`, {
      waysOut: [
        'See that it runs, and that DATABASE_URL names a role of it that may create roles.',
        'Or leave DATABASE_URL away: then a database comes along.',
      ],
    });
  }
}

/** Puts the plans of the first start into an empty catalog; one that staff have touched stays. @returns whether it did */
export async function fillCatalog(env: Record<string, string | undefined>): Promise<boolean> {
  const orm = await openOrm(ownerOf(env), 1);
  try {
    return await seedCatalog(orm, new Date());
  } finally {
    await orm.close(true);
  }
}

function ownerOf({ DATABASE_OWNER_URL: owner }: Record<string, string | undefined>): string {
  if (owner) return owner;
  throw new Problem(
    'DATABASE_OWNER_URL is not set: the migrations need the connection of the role that owns the tables.',
    { waysOut: ['Set it, for instance to postgres://hostwright_owner:…@host:5432/hostwright.'] },
  );
}
