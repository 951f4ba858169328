import type pg from 'pg';

/** The roles that sign in, each with its own rights; `customer` and `staff` are what `api` acts as. */
export const LOGIN_ROLES = ['api', 'worker', 'license', 'readonly'] as const;
export type LoginRole = (typeof LOGIN_ROLES)[number];
const ACTING_ROLES = ['customer', 'staff'] as const;

export const roleName = (role: LoginRole | (typeof ACTING_ROLES)[number]): string => `hostwright_${role}`;

/**
 * Makes the roles or brings their passwords up to date. Needs CREATEROLE.
 * @param passwords  one per login role; a role without one is left as it is, and must exist
 */
export async function ensureRoles(owner: pg.ClientBase, passwords: Partial<Record<LoginRole, string>>): Promise<void> {
  const { rows } = await owner.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname like 'hostwright_%'`,
  );
  const there = new Set(rows.map(({ rolname }) => rolname));
  for (const role of ACTING_ROLES) {
    if (!there.has(roleName(role))) await owner.query(`create role ${roleName(role)} nologin noinherit`);
  }
  for (const role of LOGIN_ROLES) {
    const password = passwords[role];
    const name = roleName(role);
    if (!password && !there.has(name)) {
      throw new Error(
        `The database has no role ${name} and no password for it was given. Give DATABASE_${role.toUpperCase()}_URL a password, or create the role.`,
      );
    }
    if (!there.has(name)) await owner.query(`create role ${name} login noinherit`);
    if (password) await owner.query(`alter role ${name} with login password ${owner.escapeLiteral(password)}`);
  }
  // Where CONNECT was taken from everybody, as in the compose file; the owner may give it.
  const { rows: here } = await owner.query<{ name: string }>('select current_database() as name');
  const signIn = LOGIN_ROLES.map(roleName).join(', ');
  await owner.query(`grant connect on database ${owner.escapeIdentifier(here[0]!.name)} to ${signIn}`);
  await owner.query(`grant ${ACTING_ROLES.map(roleName).join(', ')} to ${roleName('api')}`);
}
