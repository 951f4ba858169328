import { Migration } from '@mikro-orm/migrations';

/** Who acts, as the policies of row-level security ask. A setting that is no id is nobody, and shows no rows instead of an error. */
export class ActingCustomer0024 extends Migration {
  override up(): void {
    this.addSql(`
create function acting_customer() returns uuid language sql stable parallel safe as $$
  select case when current_setting('app.customer_id', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
    then current_setting('app.customer_id', true)::uuid end
$$;
${rewrite(BY_SETTING, BY_FUNCTION)}`);
  }

  override down(): void {
    this.addSql(`${rewrite(BY_FUNCTION, BY_SETTING)}
drop function acting_customer();`);
  }
}

/** As PostgreSQL writes it back. */
const BY_SETTING = `(NULLIF(current_setting(''app.customer_id''::text, true), ''''::text))::uuid`;
const BY_FUNCTION = 'acting_customer()';

const rewrite = (from: string, to: string): string => `
do $$
declare p record;
begin
  for p in select tablename, policyname, qual, with_check from pg_policies where schemaname = 'public' loop
    if position('${from}' in p.qual) > 0 then
      execute format('alter policy %I on %I using (%s)', p.policyname, p.tablename, replace(p.qual, '${from}', '${to}'));
    end if;
    if position('${from}' in p.with_check) > 0 then
      execute format('alter policy %I on %I with check (%s)', p.policyname, p.tablename, replace(p.with_check, '${from}', '${to}'));
    end if;
  end loop;
end $$;`;
