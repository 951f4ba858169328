import { Migration } from '@mikro-orm/migrations';

/**
 * An account exists for an address whose owner has opened a link in a mail to it (AUTH-11). Who asks for an account, or
 * for a way back into one, leaves the same row whoever he is; only the worker looks who that is, and what to write him.
 */
export class AccountRequests0020 extends Migration {
  override up(): void {
    this.addSql(`
create table account_request (
  id uuid primary key,
  kind text not null check (kind in ('sign_up', 'password_reset')),
  user_kind text not null check (user_kind in ('customer', 'staff')),
  email text not null check (length(email) between 3 and 254),
  -- Of a sign-up: what the customer will be called, and the password that confirms him.
  applicant jsonb,
  password_hash text check (password_hash like '$argon2id$%'),
  created_at timestamptz not null,
  constraint account_request_of_applicant check ((kind = 'sign_up') = (applicant is not null and password_hash is not null)),
  constraint account_request_signs_up_customers check (kind <> 'sign_up' or user_kind = 'customer')
);
create index account_request_email on account_request (lower(email));
create index account_request_created on account_request (created_at);

alter table user_account add email_confirmed_at timestamptz;
update user_account set email_confirmed_at = created_at where kind = 'staff';
alter table user_account add constraint user_account_staff_confirmed check (kind = 'customer' or email_confirmed_at is not null);

alter table one_time_token drop constraint one_time_token_purpose_check;
alter table one_time_token add constraint one_time_token_purpose_check
  check (purpose in ('staff_setup', 'panel_password', 'confirm_address', 'password_reset', 'invitation'));
alter table one_time_token add request_id uuid references account_request on delete cascade,
  add invited_customer_id uuid references customer;
create index one_time_token_user on one_time_token (user_id);
create index one_time_token_request on one_time_token (request_id);
create index one_time_token_invited on one_time_token (invited_customer_id);
create index notice_of_account on notice (lower(recipient), created_at) where key like 'account/%';

grant select, insert, delete on account_request to hostwright_api;
grant select on account_request to hostwright_worker;`);
  }

  override down(): void {
    this.addSql(`
drop index notice_of_account;
delete from one_time_token where purpose in ('confirm_address', 'password_reset', 'invitation');
alter table one_time_token drop column request_id, drop column invited_customer_id, drop constraint one_time_token_purpose_check;
alter table one_time_token add constraint one_time_token_purpose_check check (purpose in ('staff_setup', 'panel_password'));
drop index one_time_token_user;
alter table user_account drop column email_confirmed_at;
drop table account_request;`);
  }
}
