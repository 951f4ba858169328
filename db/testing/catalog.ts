/**
 * One text of everything a schema says: columns, constraints, indexes, triggers, functions, policies, rights. What
 * means the same reads the same, in whatever order it was made. The migrator's own tables are left out.
 */
export const CATALOG = `
with table_ as (
  select c.oid, c.relname as name, c.relowner as owner, c.relacl as acl, c.relrowsecurity as rls, c.relforcerowsecurity as forced
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm') and c.relname <> 'schema_migration'
)
select 'table ' || name || ' rls ' || rls || ' forced ' || forced as line from table_
union all select 'column ' || t.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end || coalesce(' ' || a.attgenerated::text || ' ' || pg_get_expr(d.adbin, d.adrelid), '')
  from table_ t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
union all select 'constraint ' || t.name || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
  from table_ t join pg_constraint k on k.conrelid = t.oid
union all select 'index ' || pg_get_indexdef(i.indexrelid) from table_ t join pg_index i on i.indrelid = t.oid
union all select 'trigger ' || pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text
  from table_ t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
union all select 'policy ' || p.tablename || ' ' || p.policyname || ' ' || p.cmd || ' to ' || array_to_string(p.roles, ' ')
    || coalesce(' using ' || p.qual, '') || coalesce(' check ' || p.with_check, '')
  from pg_policies p where p.schemaname = 'public'
union all select 'right ' || t.name || ' ' || pg_get_userbyid(r.grantee) || ' ' || r.privilege_type
  from table_ t, aclexplode(coalesce(t.acl, acldefault('r', t.owner))) r
union all select 'right ' || t.name || '.' || a.attname || ' ' || pg_get_userbyid(r.grantee) || ' ' || r.privilege_type
  from table_ t join pg_attribute a on a.attrelid = t.oid, aclexplode(a.attacl) r
union all select 'function ' || pg_get_functiondef(f.oid) from pg_proc f where f.pronamespace = 'public'::regnamespace
union all select 'right ' || f.oid::regprocedure || ' ' || coalesce(nullif(pg_get_userbyid(r.grantee), 'unknown (OID=0)'), 'public')
  from pg_proc f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) r where f.pronamespace = 'public'::regnamespace
order by 1`;
