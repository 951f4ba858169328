import { Migration } from '@mikro-orm/migrations';

/** What is sold, and the nodes it is placed on. */
export class Catalog0002 extends Migration {
  override up(): void {
    this.addSql(`
create table plan (
  id uuid primary key,
  code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,40}$'),
  name text not null,
  description text not null default '',
  panel text not null check (panel in ('nextpanel')),
  active boolean not null default true,
  sort_order integer not null default 0,
  created_at timestamptz not null
);

create table plan_price (
  id uuid primary key,
  plan_id uuid not null references plan,
  cycle text not null check (cycle in ('monthly', 'yearly')),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor >= 0),
  active boolean not null default true,
  created_at timestamptz not null
);
-- One price is on offer per cycle and currency; older ones stay for the orders that named them.
create unique index plan_price_on_offer on plan_price (plan_id, cycle, currency) where active;

create table plan_quota (
  plan_id uuid not null references plan on delete cascade,
  feature text not null check (feature ~ '^[a-z][a-z_]{1,40}$'),
  -- -1 is unlimited.
  quota integer not null check (quota >= -1),
  primary key (plan_id, feature)
);

create table node (
  id uuid primary key,
  name text not null unique check (length(name) between 1 and 100),
  panel text not null check (panel in ('nextpanel')),
  base_url text not null,
  -- Sealed with AES-256-GCM, bound to this row; see db/secrets/seal.ts.
  credentials bytea not null,
  credentials_changed_at timestamptz not null,
  capabilities text[] not null default '{}',
  location text,
  capacity integer not null check (capacity >= 0),
  slots_taken integer not null default 0 check (slots_taken >= 0),
  draining boolean not null default false,
  health text not null default 'healthy' check (health in ('healthy', 'failing')),
  failed_checks integer not null default 0,
  good_checks integer not null default 0,
  checked_at timestamptz,
  version text,
  created_at timestamptz not null
);

-- A full node stays full whatever the code does; lowering the capacity below what is taken is allowed.
create function guard_node_capacity() returns trigger language plpgsql as $$
begin
  if new.slots_taken > old.slots_taken and new.slots_taken > new.capacity then
    raise exception 'node % has no free slot: % of % taken', new.name, old.slots_taken, old.capacity
      using errcode = 'check_violation', constraint = 'node_capacity';
  end if;
  return new;
end $$;
create trigger node_capacity before update of slots_taken on node
  for each row execute function guard_node_capacity();

create table plan_package (
  plan_id uuid not null references plan on delete cascade,
  node_id uuid not null references node on delete cascade,
  package_id text not null check (length(package_id) between 1 and 100),
  primary key (plan_id, node_id)
);

-- What a panel signs its license questions with: two may be active while one replaces the other.
create table panel_credential (
  id uuid primary key,
  key_id text not null unique,
  node_id uuid not null references node on delete cascade,
  secret bytea not null,
  scopes text[] not null default '{license:validate}',
  allowed_networks text[] not null default '{}',
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);
create index on panel_credential (node_id);`);
  }

  override down(): void {
    this.addSql(`
drop table panel_credential, plan_package, node, plan_quota, plan_price, plan cascade;
drop function guard_node_capacity;`);
  }
}
