import { Migration } from '@mikro-orm/migrations';

/** What was bought and what runs for it. */
export class Orders0003 extends Migration {
  override up(): void {
    this.addSql(`
create table "order" (
  id uuid primary key,
  reference text not null unique,
  customer_id uuid not null references customer,
  status text not null check (status in ('awaiting_payment', 'provisioning', 'active', 'canceled', 'refunded')),
  gateway text not null check (gateway in ('stripe', 'paypal', 'recorded')),
  currency char(3) not null,
  total_minor bigint not null check (total_minor >= 0),
  -- Where the customer pays; written by openCheckout.
  checkout_url text,
  checkout_expires_at timestamptz,
  -- What staff or the customer asked for beyond the plan, checked by the API.
  wishes jsonb not null default '{}',
  placed_at timestamptz not null,
  paid_at timestamptz,
  active_at timestamptz,
  ended_at timestamptz,
  ended_because text
);
create index on "order" (customer_id);
-- A transfer that staff recorded pays for one order.
create unique index order_payment_reference on "order" ((wishes->>'paymentReference'))
  where gateway = 'recorded' and status <> 'canceled';

create table order_line (
  id uuid primary key,
  order_id uuid not null references "order" on delete cascade,
  customer_id uuid not null references customer,
  plan_id uuid not null references plan,
  plan_price_id uuid not null references plan_price,
  cycle text not null,
  description text not null,
  amount_minor bigint not null check (amount_minor >= 0)
);
create index on order_line (order_id);

-- The order's story as people read it: what happened, when.
create table order_event (
  id uuid primary key,
  order_id uuid not null references "order" on delete cascade,
  customer_id uuid not null references customer,
  -- One row per happening, however often its activity runs.
  key text not null,
  kind text not null,
  text text not null,
  at timestamptz not null,
  unique (order_id, key)
);

create table subscription (
  id uuid primary key,
  reference text not null unique,
  customer_id uuid not null references customer,
  order_id uuid not null unique references "order",
  plan_id uuid not null references plan,
  plan_price_id uuid not null references plan_price,
  cycle text not null check (cycle in ('monthly', 'yearly')),
  status text not null check (status in ('pending', 'active', 'canceled', 'terminated')),
  anchor_day integer not null check (anchor_day between 1 and 31),
  billing_zone text not null,
  period_start date not null,
  -- The first civil day that is not paid.
  paid_through date not null constraint subscription_period check (paid_through > period_start),
  next_action text,
  next_action_at timestamptz,
  created_at timestamptz not null
);
create index on subscription (customer_id);

create table service (
  id uuid primary key,
  reference text not null unique,
  customer_id uuid not null references customer,
  subscription_id uuid not null unique references subscription,
  node_id uuid references node,
  -- True from the moment a slot of the node is counted for it until it is given back.
  holds_slot boolean not null default false,
  username text,
  external_id text,
  -- True once we made the account; an adopted one is never deleted by an abort.
  made_by_us boolean not null default false,
  status text not null check (status in ('pending', 'provisioning', 'active', 'suspended', 'canceled', 'terminated')),
  created_at timestamptz not null,
  active_at timestamptz,
  unique (node_id, external_id),
  constraint service_slot_is_on_node check (not holds_slot or node_id is not null)
);
create unique index service_username on service (node_id, username) where status not in ('canceled', 'terminated');
create index on service (customer_id);

create table service_secret (
  id uuid primary key,
  service_id uuid not null references service on delete cascade,
  customer_id uuid not null references customer,
  purpose text not null check (purpose in ('initial_password', 'new_password')),
  sealed bytea not null,
  created_at timestamptz not null,
  unique (service_id, purpose)
);

create table license (
  id uuid primary key,
  customer_id uuid not null references customer,
  service_id uuid not null unique references service,
  plan_id uuid not null references plan,
  -- HMAC-SHA-256 of the normalised key with a pepper that is not in the database.
  key_hash bytea not null unique check (length(key_hash) = 32),
  key_sealed bytea not null,
  -- First five and last four symbols, for lists and logs.
  key_hint text not null,
  status text not null check (status in ('active', 'suspended', 'expired', 'cancelled')),
  -- The node whose panel may ask; follows the service.
  node_id uuid references node,
  in_grace boolean not null default false,
  unnamed_features text not null default 'deny' check (unnamed_features in ('deny', 'allow')),
  issued_at timestamptz not null,
  expires_at timestamptz,
  last_validated_at timestamptz,
  validations bigint not null default 0
)
-- Counting checks rewrites rows all the time; with room on the page no index is touched by it.
with (fillfactor = 80);
create index on license (customer_id);

create table license_quota (
  license_id uuid not null references license on delete cascade,
  customer_id uuid not null references customer,
  feature text not null check (feature ~ '^[a-z][a-z_]{1,40}$'),
  quota integer not null check (quota >= -1),
  gauge integer not null default 0 check (gauge >= 0),
  held integer not null default 0 check (held >= 0),
  version bigint not null default 0,
  primary key (license_id, feature)
);`);
  }

  override down(): void {
    this.addSql(
      'drop table license_quota, license, service_secret, service, subscription, order_event, order_line, "order" cascade;',
    );
  }
}
