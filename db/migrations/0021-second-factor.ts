import { Migration } from '@mikro-orm/migrations';

/** Codes of an authenticator app beside the password, codes for who has lost it (AUTH-05, AUTH-06), and when a session proved who it is (AUTH-12). */
export class SecondFactor0021 extends Migration {
  override up(): void {
    this.addSql(`
create table second_factor (
  user_id uuid primary key references user_account on delete cascade,
  -- Asked for at every sign-in; null until the first code was right.
  secret bytea,
  confirmed_at timestamptz,
  -- Shown, and not confirmed by a code yet.
  pending_secret bytea,
  pending_until timestamptz,
  -- A code counts once: the newest step of 30 seconds that was accepted.
  last_step bigint not null default 0,
  constraint second_factor_confirmed check ((secret is null) = (confirmed_at is null)),
  constraint second_factor_pending check ((pending_secret is null) = (pending_until is null))
);
create table recovery_code (
  id uuid primary key,
  user_id uuid not null references user_account on delete cascade,
  -- SHA-256 of 120 random bits.
  code_hash bytea not null unique check (length(code_hash) = 32),
  created_at timestamptz not null,
  used_at timestamptz
);
create index on recovery_code (user_id);

alter table user_account add second_factor_put_off_at timestamptz;
alter table session add authenticated_at timestamptz, add without_second_factor boolean not null default false;
update session set authenticated_at = created_at;
alter table session alter authenticated_at set not null;

alter table account_request drop constraint account_request_kind_check;
alter table account_request add constraint account_request_kind_check check (kind in ('sign_up', 'password_reset', 'recovery_code_used'));

grant select, insert, update, delete on second_factor, recovery_code to hostwright_api;
grant select (user_id, confirmed_at) on second_factor to hostwright_staff;`);
  }

  override down(): void {
    this.addSql(`
delete from account_request where kind = 'recovery_code_used';
alter table account_request drop constraint account_request_kind_check;
alter table account_request add constraint account_request_kind_check check (kind in ('sign_up', 'password_reset'));
drop table second_factor, recovery_code;
alter table user_account drop second_factor_put_off_at;
alter table session drop authenticated_at, drop without_second_factor;`);
  }
}
