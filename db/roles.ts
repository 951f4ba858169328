import { createHmac } from 'node:crypto';
import type pg from 'pg';

/** The roles, each of which signs in by itself and may become no other. */
export const LOGIN_ROLES = ['api', 'customer', 'staff', 'worker', 'license', 'readonly'] as const;
export type LoginRole = (typeof LOGIN_ROLES)[number];
/** Who asks the API, once that is known. */
export type ActingRole = Extract<LoginRole, 'customer' | 'staff'>;
export type Passwords = Partial<Record<LoginRole, string>>;

export const roleName = (role: LoginRole): string => `hostwright_${role}`;

/** The password of an acting role that was given none: whoever has the API's has it, so the API needs no other address. */
const actingPassword = (apiPassword: string, role: ActingRole): string =>
  createHmac('sha256', apiPassword).update(roleName(role)).digest('hex');

/** Where an acting role signs in, unless its own address is set: where the API does, under its own name and password. */
export function actingUrl(apiUrl: string, role: ActingRole): string {
  const url = new URL(apiUrl);
  if (url.password) url.password = actingPassword(decodeURIComponent(url.password), role);
  url.username = roleName(role);
  return url.href;
}

/**
 * Makes the roles or brings their passwords up to date. Needs CREATEROLE.
 * @param passwords  a role without one is left as it is, and must be able to sign in; those of customers and staff
 * follow from the API's where they are not given
 */
export async function ensureRoles(owner: pg.ClientBase, passwords: Passwords): Promise<void> {
  const { rows } = await owner.query<{ rolname: string; rolcanlogin: boolean }>(
    `select rolname, rolcanlogin from pg_roles where rolname like 'hostwright_%'`,
  );
  const there = new Map(rows.map(({ rolname, rolcanlogin }) => [rolname, rolcanlogin]));
  for (const role of LOGIN_ROLES) {
    const password = passwordOf(role, passwords);
    const name = roleName(role);
    if (!password && !there.get(name)) {
      throw new Error(
        `The database has no role ${name} that may sign in, and no password for it was given. Give DATABASE_${role.toUpperCase()}_URL${isActing(role) ? ' or DATABASE_API_URL' : ''} a password, or create the role.`,
      );
    }
    if (!there.has(name)) await owner.query(`create role ${name} login noinherit`);
    if (password) await owner.query(`alter role ${name} with login password ${owner.escapeLiteral(password)}`);
  }
  // Where CONNECT was taken from everybody, as in the compose file; the owner may give it.
  const { rows: here } = await owner.query<{ name: string }>('select current_database() as name');
  const signIn = LOGIN_ROLES.map(roleName).join(', ');
  await owner.query(`grant connect on database ${owner.escapeIdentifier(here[0]!.name)} to ${signIn}`);
  await separateRoles(owner);
}

/**
 * No role is a member of another: a statement that was smuggled into a customer's request cannot become staff.
 * In older versions the API signed in once, and became them.
 */
async function separateRoles(owner: pg.ClientBase): Promise<void> {
  const members = async () =>
    (
      await owner.query<{ member: string; role: string }>(
        `select distinct m.rolname as member, r.rolname as role from pg_auth_members a
           join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
         where m.rolname = any($1) and r.rolname = any($1) order by 1, 2`,
        [LOGIN_ROLES.map(roleName)],
      )
    ).rows;
  for (const { member, role } of await members()) await owner.query(`revoke ${role} from ${member}`);
  const [left] = await members();
  if (left) {
    throw new Error(
      `${left.member} may become ${left.role}, which somebody else than the owner of the tables gave it. As a superuser: revoke ${left.role} from ${left.member} cascade.`,
    );
  }
}

const isActing = (role: LoginRole): role is ActingRole => role === 'customer' || role === 'staff';

const passwordOf = (role: LoginRole, passwords: Passwords): string | undefined =>
  passwords[role] ?? (isActing(role) && passwords.api ? actingPassword(passwords.api, role) : undefined);
