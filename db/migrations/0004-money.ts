import { Migration } from '@mikro-orm/migrations';

/** What is owed, what was tried, what arrived, and the books. */
export class Money0004 extends Migration {
  override up(): void {
    this.addSql(`
-- One row per series; its lock makes numbers gapless, so finalize at the end of a short transaction.
create table number_series (
  series text primary key,
  last_number bigint not null,
  last_issued_on date not null
);
-- Whoever writes it: from 1, one by one, and the dates never go back.
create function guard_number_series() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.last_number = 1 then return new; end if;
  if tg_op = 'UPDATE' and new.series = old.series and new.last_number = old.last_number + 1
    and new.last_issued_on >= old.last_issued_on then return new; end if;
  raise exception 'number series % counts one by one from 1, with dates that never go back', coalesce(new.series, old.series)
    using errcode = 'check_violation', constraint = 'number_series_gapless';
end $$;
create trigger number_series_gapless before insert or update or delete on number_series
  for each row execute function guard_number_series();

create table invoice (
  id uuid primary key,
  number text unique,
  customer_id uuid not null references customer,
  order_id uuid references "order",
  subscription_id uuid references subscription,
  kind text not null check (kind in ('initial', 'renewal', 'plan_change')),
  status text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  total_minor bigint not null check (total_minor >= 0),
  paid_minor bigint not null default 0 check (paid_minor >= 0),
  credited_minor bigint not null default 0 check (credited_minor >= 0),
  due_minor bigint generated always as (total_minor - paid_minor - credited_minor) stored,
  period_start date,
  period_end date,
  issued_on date,
  due_on date,
  policy_version integer not null default 1,
  seller jsonb not null,
  buyer jsonb not null,
  created_at timestamptz not null,
  paid_at timestamptz,
  voided_at timestamptz,
  constraint invoice_never_below_zero check (due_minor >= 0),
  constraint invoice_paid_when_nothing_due check ((status = 'paid') = (due_minor = 0) or status in ('draft', 'void')),
  constraint invoice_numbered_when_issued check ((status = 'draft') = (number is null)),
  constraint invoice_dated_when_numbered check ((number is null) = (issued_on is null)),
  -- Without them, the unique index below would not see a second renewal of the period.
  constraint invoice_renewal_has_period
    check (kind <> 'renewal' or (subscription_id is not null and period_start is not null and period_end is not null)),
  constraint invoice_period_is_forward check (period_end > period_start)
);
create unique index invoice_period on invoice (subscription_id, period_start, kind) where status <> 'void';
-- The invoice of an order is one; renewals are one per period.
create unique index invoice_of_order on invoice (order_id) where kind = 'initial' and status <> 'void';
create index on invoice (customer_id);
create index on invoice (order_id);

create table invoice_line (
  id uuid primary key,
  invoice_id uuid not null references invoice on delete cascade,
  customer_id uuid not null references customer,
  position integer not null,
  description text not null,
  amount_minor bigint not null,
  unique (invoice_id, position)
);

-- The paper does not change once it has a number, and does not go away.
create function guard_issued_invoice() returns trigger language plpgsql as $$
begin
  if old.number is not null and (tg_op = 'DELETE' or
    (new.id, new.number, new.customer_id, new.order_id, new.currency, new.total_minor, new.issued_on, new.due_on, new.seller, new.buyer, new.period_start, new.period_end, new.kind)
    is distinct from
    (old.id, old.number, old.customer_id, old.order_id, old.currency, old.total_minor, old.issued_on, old.due_on, old.seller, old.buyer, old.period_start, old.period_end, old.kind)
  ) then
    raise exception 'invoice % is issued and does not change; write a credit note', old.number
      using errcode = 'check_violation', constraint = 'invoice_is_paper';
  end if;
  return coalesce(new, old);
end $$;
create trigger invoice_is_paper before update or delete on invoice for each row execute function guard_issued_invoice();

-- Its lines are the same paper.
create function guard_issued_line() returns trigger language plpgsql as $$
declare issued text;
begin
  select number into issued from invoice where id = old.invoice_id;
  if issued is not null then
    raise exception 'invoice % is issued and its lines do not change; write a credit note', issued
      using errcode = 'check_violation', constraint = 'invoice_line_is_paper';
  end if;
  return coalesce(new, old);
end $$;
create trigger invoice_line_is_paper before update or delete on invoice_line for each row execute function guard_issued_line();

-- Checked when the transaction ends, as an invoice and its lines are written one after the other.
create function invoice_lines_make_total() returns trigger language plpgsql as $$
declare
  of uuid;
  paper invoice;
  lines bigint;
begin
  if tg_table_name = 'invoice' then of := new.id; else of := new.invoice_id; end if;
  select * into paper from invoice where id = of;
  select coalesce(sum(amount_minor), 0) into lines from invoice_line where invoice_id = of;
  if paper.number is not null and lines <> paper.total_minor then
    raise exception 'the lines of invoice % make %, its total says %', paper.number, lines, paper.total_minor
      using errcode = 'check_violation', constraint = 'invoice_lines_make_total';
  end if;
  return null;
end $$;
create constraint trigger invoice_lines_make_total after insert on invoice_line
  deferrable initially deferred for each row execute function invoice_lines_make_total();
create constraint trigger invoice_issued_with_lines after update of number on invoice
  deferrable initially deferred for each row execute function invoice_lines_make_total();

create table credit_note (
  id uuid primary key,
  number text not null unique,
  invoice_id uuid not null references invoice,
  customer_id uuid not null references customer,
  currency char(3) not null,
  total_minor bigint not null check (total_minor > 0),
  reason text not null,
  issued_on date not null,
  created_at timestamptz not null
);
create index on credit_note (invoice_id);

create table payment_method (
  id uuid primary key,
  customer_id uuid not null references customer,
  gateway text not null,
  account text not null,
  gateway_customer_id text not null,
  method_id text not null,
  kind text not null,
  brand text,
  last4 text,
  exp_month integer,
  exp_year integer,
  is_default boolean not null default false,
  created_at timestamptz not null,
  unique (gateway, account, method_id)
);
create index on payment_method (customer_id);

create table payment_attempt (
  id uuid primary key,
  invoice_id uuid not null references invoice,
  customer_id uuid not null references customer,
  order_id uuid references "order",
  gateway text not null,
  account text not null,
  -- The n of the business key: a new try has a new number, a repeat keeps it.
  number integer not null check (number > 0),
  kind text not null check (kind in ('hosted', 'saved_method', 'recorded')),
  key text not null unique,
  amount_minor bigint not null check (amount_minor >= 0),
  currency char(3) not null,
  status text not null check (status in
    ('created', 'submitting', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'unknown')),
  checkout_id text,
  checkout_url text,
  checkout_expires_at timestamptz,
  gateway_payment_id text,
  gateway_request_id text,
  decline_class text,
  decline_code text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (invoice_id, number)
);
create unique index payment_attempt_in_flight on payment_attempt (invoice_id)
  where status in ('created', 'submitting', 'processing', 'unknown');
create unique index payment_attempt_checkout on payment_attempt (gateway, account, checkout_id);
create index payment_attempt_payment on payment_attempt (gateway, account, gateway_payment_id);
create index on payment_attempt (customer_id);

create table payment (
  id uuid primary key,
  customer_id uuid references customer,
  invoice_id uuid references invoice,
  attempt_id uuid references payment_attempt,
  gateway text not null,
  account text not null,
  gateway_payment_id text not null,
  amount_minor bigint not null check (amount_minor > 0),
  allocated_minor bigint not null default 0 constraint payment_allocated_once check (allocated_minor between 0 and amount_minor),
  refunded_minor bigint not null default 0 constraint payment_refunded_once check (refunded_minor between 0 and amount_minor),
  currency char(3) not null,
  paid_at timestamptz not null,
  booked_at timestamptz not null,
  unique (gateway, account, gateway_payment_id)
);
create index on payment (customer_id);
create index on payment (invoice_id);

create table refund (
  id uuid primary key,
  customer_id uuid references customer,
  payment_id uuid not null references payment,
  credit_note_id uuid references credit_note,
  key text not null unique,
  amount_minor bigint not null check (amount_minor > 0),
  currency char(3) not null,
  reason text not null,
  status text not null check (status in ('requested', 'pending', 'succeeded', 'failed', 'canceled')),
  gateway_refund_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index on refund (payment_id);

create table ledger_transaction (
  id uuid primary key,
  -- What happened, once: payment/<id>, refund/<id>.
  key text not null unique,
  customer_id uuid references customer,
  kind text not null,
  occurred_at timestamptz not null,
  booked_at timestamptz not null default now()
);

create table ledger_entry (
  transaction_id uuid not null references ledger_transaction,
  position integer not null,
  customer_id uuid references customer,
  -- gateway:<name>/<account>, invoices, credit_balance, unmatched
  account text not null,
  currency char(3) not null,
  amount_minor bigint not null check (amount_minor <> 0),
  primary key (transaction_id, position)
);
create index on ledger_entry (customer_id, account);

create function ledger_sums_to_zero() returns trigger language plpgsql as $$
declare off record;
begin
  select currency, sum(amount_minor) as total into off
    from ledger_entry where transaction_id = new.transaction_id
    group by currency having sum(amount_minor) <> 0 limit 1;
  if found then
    raise exception 'ledger transaction % does not sum to zero: % %', new.transaction_id, off.total, off.currency
      using errcode = 'check_violation', constraint = 'ledger_sums_to_zero';
  end if;
  return null;
end $$;
create constraint trigger ledger_balanced after insert on ledger_entry
  deferrable initially deferred for each row execute function ledger_sums_to_zero();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
  for each statement execute function refuse_change();
create trigger credit_note_append_only before update or delete or truncate on credit_note
  for each statement execute function refuse_change();
create trigger ledger_transaction_append_only before update or delete or truncate on ledger_transaction
  for each statement execute function refuse_change();`);
  }

  override down(): void {
    this.addSql(`
drop table ledger_entry, ledger_transaction, refund, payment, payment_attempt, payment_method, credit_note, invoice_line, invoice, number_series cascade;
drop function ledger_sums_to_zero, refuse_change, invoice_lines_make_total, guard_issued_line, guard_issued_invoice, guard_number_series;`);
  }
}
