import { Migration } from '@mikro-orm/migrations';

/** What proves somebody or opens something, by table: a request of staff, and the worker, do without reading it. */
const UNREAD: Record<'staff' | 'worker', Record<string, readonly string[]>> = {
  staff: {
    user_account: ['password_hash'],
    session: ['token_hash'],
    api_key: ['key_hash'],
    license: ['key_hash', 'key_sealed'],
    node: ['credentials'],
    payment_method: ['gateway_customer_id', 'method_id'],
  },
  worker: { user_account: ['password_hash'], account_request: ['password_hash'] },
};

/**
 * Customers and staff sign in as themselves (db/roles.ts). Staff, like customers, read column by column; what a request
 * of theirs needs of a license's key it gets one license at a time. A new column of these tables is granted by its name.
 */
export class SeparateLogins0033 extends Migration {
  override up(): void {
    for (const [role, tables] of Object.entries(UNREAD)) {
      for (const [table, columns] of Object.entries(tables)) this.addSql(readAllBut(table, columns, role));
    }
    this.addSql(`
create function sealed_license_key(of_license uuid) returns bytea
  language sql stable security definer set search_path = public, pg_temp as $$
  select key_sealed from license where id = of_license
$$;
create function license_with_key(hash bytea) returns uuid
  language sql stable security definer set search_path = public, pg_temp as $$
  select id from license where key_hash = hash
$$;
revoke execute on function sealed_license_key(uuid), license_with_key(bytea) from public;
grant execute on function sealed_license_key(uuid), license_with_key(bytea) to hostwright_staff;

-- Whoever writes these sets no more of them than that.
revoke update on user_account, api_key, panel_credential from hostwright_staff;
grant update (revoked_at) on api_key, panel_credential to hostwright_staff;
revoke update on user_account from hostwright_api;
grant update (password_hash, email_confirmed_at, second_factor_put_off_at) on user_account to hostwright_api;

create or replace function guard_child_key() returns trigger language plpgsql as $$
declare parent record;
begin
  -- Whoever revokes the parent waits for us, or we for him.
  select expires_at, revoked_at into parent from api_key where id = new.made_by_key_id for share;
  if parent.revoked_at is not null or (parent.expires_at is not null and (new.expires_at is null or new.expires_at > parent.expires_at)) then
    raise exception 'key % would outlive the key that makes it', new.name
      using errcode = 'check_violation', constraint = 'api_key_within_parent';
  end if;
  return new;
end $$;`);
  }

  override down(): void {
    this.addSql(`
create or replace function guard_child_key() returns trigger language plpgsql as $$
declare parent api_key;
begin
  -- Whoever revokes the parent waits for us, or we for him.
  select * into parent from api_key where id = new.made_by_key_id for share;
  if parent.revoked_at is not null or (parent.expires_at is not null and (new.expires_at is null or new.expires_at > parent.expires_at)) then
    raise exception 'key % would outlive the key that makes it', new.name
      using errcode = 'check_violation', constraint = 'api_key_within_parent';
  end if;
  return new;
end $$;
revoke update (password_hash, email_confirmed_at, second_factor_put_off_at) on user_account from hostwright_api;
grant update on user_account to hostwright_api;
revoke update (revoked_at) on api_key, panel_credential from hostwright_staff;
grant update on user_account, api_key, panel_credential to hostwright_staff;
drop function sealed_license_key, license_with_key;`);
    for (const [role, tables] of Object.entries(UNREAD)) {
      for (const table of Object.keys(tables)) this.addSql(readAll(table, role));
    }
  }
}

/** In place of the right to read the whole table. */
const readAllBut = (table: string, columns: readonly string[], role: string): string => `
do $$ begin
  revoke select on ${table} from hostwright_${role};
  execute (
    select format('grant select (%s) on ${table} to hostwright_${role}', string_agg(quote_ident(attname), ', ' order by attnum))
    from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped
      and attname not in (${columns.map((column) => `'${column}'`).join(', ')}));
end $$;`;

/** Revoking the whole takes what was granted by column along. */
const readAll = (table: string, role: string): string => `
revoke select on ${table} from hostwright_${role};
grant select on ${table} to hostwright_${role};`;
