import { Migration } from '@mikro-orm/migrations';

/** Who buys, who signs in, and what proves it. */
export class People0001 extends Migration {
  override up(): void {
    this.addSql(`
create table customer (
  id uuid primary key,
  reference text not null unique,
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 200),
  company text check (length(company) between 1 and 200),
  country char(2) not null check (country ~ '^[A-Z]{2}$'),
  -- Fixed with the first order: money of one customer is of one currency.
  currency char(3) check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null
);
create unique index customer_email on customer (lower(email));

create table user_account (
  id uuid primary key,
  kind text not null check (kind in ('customer', 'staff')),
  customer_id uuid references customer,
  email text not null,
  name text not null,
  -- argon2id in PHC form, never anything else.
  password_hash text not null check (password_hash like '$argon2id$%'),
  role text check (role in ('super_admin', 'support')),
  disabled_at timestamptz,
  created_at timestamptz not null,
  constraint user_account_of_customer check ((kind = 'customer') = (customer_id is not null)),
  constraint user_account_staff_role check ((kind = 'staff') = (role is not null))
);
create unique index user_account_email on user_account (kind, lower(email));
create index on user_account (customer_id);

create table session (
  id uuid primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  user_id uuid not null references user_account on delete cascade,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  idle_until timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  network text,
  user_agent text
);
create index on session (user_id);

create table one_time_token (
  id uuid primary key,
  purpose text not null check (purpose in ('staff_setup', 'panel_password')),
  token_hash bytea not null unique check (length(token_hash) = 32),
  user_id uuid references user_account on delete cascade,
  service_id uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Failed guesses by account and by network; survives restarts and counts for every instance.
create table guess (
  key text primary key,
  failures integer not null check (failures >= 0),
  window_started_at timestamptz not null,
  blocked_until timestamptz
);

create table api_key (
  id uuid primary key,
  name text not null,
  key_hash bytea not null unique check (length(key_hash) = 32),
  scopes text[] not null,
  allowed_networks text[] not null default '{}',
  user_id uuid references user_account,
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);

-- The first answer to an idempotency key; the same key with another request is refused.
create table idempotency (
  actor text not null,
  key text not null check (length(key) between 1 and 200),
  route text not null,
  request_hash bytea not null,
  status integer,
  response jsonb,
  created_at timestamptz not null,
  primary key (actor, key)
);

create table setting (
  name text primary key,
  value jsonb not null,
  changed_at timestamptz not null
);`);
  }

  override down(): void {
    this.addSql(
      'drop table setting, idempotency, api_key, guess, one_time_token, session, user_account, customer cascade;',
    );
  }
}
