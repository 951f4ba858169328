import { migrate } from '#db/migrate.ts';
import { LOGIN_ROLES } from '#db/roles.ts';
import { Problem } from './problem.ts';

/**
 * Brings the database to this version. The owner's connection is DATABASE_OWNER_URL; each role's password is the one
 * in its own connection (DATABASE_API_URL and so on), so that the two can never differ.
 */
export async function migrateAsConfigured(env: Record<string, string | undefined>): Promise<string[]> {
  const owner = env.DATABASE_OWNER_URL;
  if (!owner) {
    throw new Problem(
      'DATABASE_OWNER_URL is not set: the migrations need the connection of the role that owns the tables.',
      {
        waysOut: ['Set it, for instance to postgres://hostwright_owner:…@host:5432/hostwright.'],
      },
    );
  }
  const passwords = LOGIN_ROLES.flatMap((role) => {
    const url = env[`DATABASE_${role.toUpperCase()}_URL`];
    const password = url ? decodeURIComponent(new URL(url).password) : '';
    return password ? [[role, password] as const] : [];
  });
  return migrate(owner, Object.fromEntries(passwords));
}
