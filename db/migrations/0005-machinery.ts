import { Migration } from '@mikro-orm/migrations';

/** What carries facts between people, gateways, workflows and rows. */
export class Machinery0005 extends Migration {
  override up(): void {
    this.addSql(`
-- A start or signal of a workflow, written with the row it is about and sent after commit.
create table command_outbox (
  id uuid primary key,
  kind text not null check (kind in ('start', 'signal')),
  workflow_id text not null,
  -- Workflow type for a start, signal name for a signal.
  name text not null,
  args jsonb not null default '[]',
  search jsonb not null default '{}',
  -- One command per happening: a repeat of the writer adds nothing.
  key text not null unique,
  created_at timestamptz not null,
  due_at timestamptz not null,
  tries integer not null default 0,
  last_error text,
  sent_at timestamptz
);
create index command_outbox_waiting on command_outbox (due_at) where sent_at is null;
-- A signal waits for the start of its workflow.
create index command_outbox_starts on command_outbox (workflow_id) where sent_at is null and kind = 'start';

create table webhook_inbox (
  id uuid primary key,
  gateway text not null,
  account text not null,
  event_id text not null,
  type text not null,
  subject text not null,
  object_id text not null,
  checkout_id text,
  gateway_payment_id text,
  invoice_id uuid,
  attempt_id uuid,
  source text not null check (source in ('webhook', 'sweep')),
  livemode boolean not null,
  payload jsonb not null,
  event_at timestamptz not null,
  received_at timestamptz not null,
  -- What became of it; null until a workflow was told.
  outcome text check (outcome in ('told', 'ignored')),
  unique (gateway, event_id)
);

create table gateway_certificate (
  url text primary key,
  gateway text not null,
  pem text not null,
  fetched_at timestamptz not null,
  valid_until timestamptz not null
);

create table incident (
  id uuid primary key,
  workflow_id text not null,
  workflow_type text not null,
  step text not null,
  reason text not null,
  adapter text,
  customer_id uuid references customer,
  order_id uuid references "order",
  service_id uuid references service,
  node_id uuid references node,
  gateway text,
  -- Set where one cause, such as refused credentials of a node, stops many: the first incident stands for it.
  parent_id uuid references incident,
  -- The exact error, and what each decision does.
  message text not null,
  choices jsonb not null,
  status text not null check (status in ('open', 'decided', 'healed', 'closed')),
  opened_at timestamptz not null,
  closed_at timestamptz
);
create index incident_open on incident (opened_at) where status = 'open';
create index on incident (workflow_id);
create index on incident (order_id);
create index on incident (node_id);
create index on incident (parent_id);

create table incident_decision (
  id uuid primary key,
  incident_id uuid not null unique references incident,
  actor text not null,
  action text not null check (action in ('retry', 'skip', 'abort')),
  input jsonb not null default '{}',
  note text not null default '',
  decided_at timestamptz not null
);

-- Something a person should look at that holds nothing up.
create table staff_task (
  id uuid primary key,
  key text not null unique,
  kind text not null,
  text text not null,
  customer_id uuid references customer,
  order_id uuid references "order",
  payment_id uuid references payment,
  opened_at timestamptz not null,
  done_at timestamptz,
  done_by text
);
create index staff_task_open on staff_task (opened_at) where done_at is null;

-- One mail, once: its key is what it is about, its id the mail's Message-ID.
create table notice (
  id uuid primary key,
  key text not null unique,
  kind text not null,
  customer_id uuid references customer,
  order_id uuid references "order",
  recipient text not null,
  subject text not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  server_answer text
);
create index on notice (customer_id);

create table audit_entry (
  id uuid primary key,
  at timestamptz not null,
  actor_type text not null check (actor_type in ('anonymous', 'customer', 'staff', 'api_key', 'panel', 'gateway', 'workflow', 'system')),
  actor_id text,
  on_behalf_of text,
  action text not null,
  object_type text not null,
  object_id text,
  customer_id uuid,
  reason text,
  before jsonb,
  after jsonb,
  request_id text,
  network text,
  result text not null default 'ok'
);
create index on audit_entry (at);
create index on audit_entry (object_type, object_id);

-- The sequencer gives entries gapless numbers and chains their hashes; separate, so that writers never wait for it.
create table audit_chain (
  seq bigint primary key,
  entry_id uuid not null unique references audit_entry,
  hash bytea not null check (length(hash) = 32)
);
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
  for each statement execute function refuse_change();
create trigger audit_chain_append_only before update or delete or truncate on audit_chain
  for each statement execute function refuse_change();

-- What the sequencer has not numbered yet.
create table audit_waiting (entry_id uuid primary key references audit_entry);
create function audit_wait() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into audit_waiting values (new.id);
  return null;
end $$;
create trigger audit_entry_waits after insert on audit_entry for each row execute function audit_wait();

-- The text that is hashed. Columns that are null are left out, so that one added later leaves older hashes alone;
-- a null inside before or after stays, as it says something.
create function audit_canonical(entry audit_entry) returns bytea language sql stable set timezone = 'UTC' as $$
  select convert_to(jsonb_object_agg(key, value)::text, 'UTF8') from jsonb_each(to_jsonb(entry)) where value <> 'null'
$$;

-- Takes up to so many waiting entries into the chain; ids are time-ordered, so that is the order of writing.
create function audit_sequence(most integer) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last_seq bigint;
  last_hash bytea;
  entry audit_entry;
  taken integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('audit_chain'));
  select seq, hash into last_seq, last_hash from audit_chain order by seq desc limit 1;
  if not found then
    last_seq := 0;
    last_hash := sha256('hostwright audit'::bytea);
  end if;
  for entry in
    select e.* from audit_waiting w join audit_entry e on e.id = w.entry_id order by e.id limit most
  loop
    taken := taken + 1;
    last_seq := last_seq + 1;
    last_hash := sha256(last_hash || audit_canonical(entry));
    insert into audit_chain values (last_seq, entry.id, last_hash);
    delete from audit_waiting where entry_id = entry.id;
  end loop;
  return taken;
end $$;

-- The first break of the chain, or nothing. A cut tail shows only against a head kept elsewhere; see db/audit/chain.ts.
create function audit_verify() returns table (seq bigint, problem text)
  language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  expected bytea := sha256('hostwright audit'::bytea);
  at_seq bigint := 0;
  link record;
begin
  for link in select c.seq as n, c.hash as h, e as entry, e.id as entry_id from audit_chain c left join audit_entry e on e.id = c.entry_id order by c.seq loop
    at_seq := at_seq + 1;
    if link.n <> at_seq then
      return query select at_seq, 'number ' || at_seq || ' is missing'; return;
    end if;
    if link.entry_id is null then
      return query select at_seq, 'the entry is gone'; return;
    end if;
    expected := sha256(expected || audit_canonical(link.entry));
    if expected <> link.h then
      return query select at_seq, 'the entry or one before it was changed'; return;
    end if;
  end loop;
  return query
    (select null::bigint, 'entry ' || e.id || ' was written around the chain' from audit_entry e
      where not exists (select from audit_chain c where c.entry_id = e.id)
        and not exists (select from audit_waiting w where w.entry_id = e.id)
      order by e.id limit 1)
    union all
    (select null, 'entry ' || w.entry_id || ' went away before it was numbered' from audit_waiting w
      where not exists (select from audit_entry e where e.id = w.entry_id)
      order by w.entry_id limit 1)
    limit 1;
end $$;`);
  }

  override down(): void {
    this.addSql(`
drop function audit_verify, audit_sequence;
drop function audit_canonical;
drop table audit_waiting, audit_chain, audit_entry, notice, staff_task, incident_decision, incident, gateway_certificate, webhook_inbox, command_outbox cascade;
drop function audit_wait;`);
  }
}
