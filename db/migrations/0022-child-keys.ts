import { Migration } from '@mikro-orm/migrations';

/** A key that a key makes ends with it, and never later; whatever the code does. */
export class ChildKeys0022 extends Migration {
  override up(): void {
    this.addSql(`
alter table api_key add made_by_key_id uuid references api_key;
create index on api_key (made_by_key_id);

create function guard_child_key() returns trigger language plpgsql as $$
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
create trigger api_key_within_parent before insert on api_key
  for each row when (new.made_by_key_id is not null) execute function guard_child_key();

create function revoke_child_keys() returns trigger language plpgsql as $$
begin
  update api_key set revoked_at = new.revoked_at where made_by_key_id = new.id and revoked_at is null;
  return null;
end $$;
create trigger api_key_ends_children after update of revoked_at on api_key
  for each row when (old.revoked_at is null and new.revoked_at is not null) execute function revoke_child_keys();`);
  }

  override down(): void {
    this.addSql(`
drop trigger api_key_ends_children on api_key;
drop trigger api_key_within_parent on api_key;
drop function revoke_child_keys;
drop function guard_child_key;
alter table api_key drop made_by_key_id;`);
  }
}
