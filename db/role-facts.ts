import type { RoleFacts } from '#domain/configuration/production.ts';
import type { Orm } from './orm.ts';

/**
 * What the role that signed in may do, as the start check asks (security.md AUTH-15).
 * @param variable  names the address that was opened, for messages
 */
export async function roleFacts(variable: string, orm: Orm): Promise<RoleFacts> {
  const [row] = await orm.em.fork().execute<Omit<RoleFacts, 'variable'>[]>(
    `select rolname as role, rolsuper as superuser, rolbypassrls as "bypassesRls",
       exists (select 1 from pg_class where relowner = r.oid and relnamespace = 'public'::regnamespace) as "ownsTables",
       case when rolsuper then '{}' else array(
         select g.rolname::text from pg_roles g where g.oid <> r.oid and pg_has_role(r.oid, g.oid, 'member') order by 1) end as "mayBecome"
     from pg_roles r where rolname = session_user`,
  );
  return { variable, ...row! };
}
