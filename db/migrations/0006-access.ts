import { Migration } from '@mikro-orm/migrations';

/** Tables whose rows belong to a customer, with the column that says to whom. */
const OWNED: Record<string, string> = {
  customer: 'id',
  user_account: 'customer_id',
  '"order"': 'customer_id',
  order_line: 'customer_id',
  order_event: 'customer_id',
  subscription: 'customer_id',
  service: 'customer_id',
  service_secret: 'customer_id',
  license: 'customer_id',
  license_quota: 'customer_id',
  invoice: 'customer_id',
  invoice_line: 'customer_id',
  credit_note: 'customer_id',
  payment_method: 'customer_id',
  payment_attempt: 'customer_id',
  payment: 'customer_id',
  refund: 'customer_id',
  ledger_transaction: 'customer_id',
  ledger_entry: 'customer_id',
  notice: 'customer_id',
  staff_task: 'customer_id',
  incident: 'customer_id',
  audit_entry: 'customer_id',
};

const ME = `nullif(current_setting('app.customer_id', true), '')::uuid`;

/**
 * What a customer writes hangs only on what is his, and claims no payment. A foreign key alone would let his row
 * name another's order, as foreign keys look past row-level security; these look-ups do not.
 */
const HANGS_ON: Record<string, string> = {
  order: "status = 'awaiting_payment' and paid_at is null",
  order_line: 'exists (select from "order" o where o.id = order_line.order_id)',
  order_event: 'exists (select from "order" o where o.id = order_event.order_id)',
  invoice:
    'paid_minor = 0 and credited_minor = 0 and subscription_id is null and exists (select from "order" o where o.id = invoice.order_id)',
  invoice_line: 'exists (select from invoice i where i.id = invoice_line.invoice_id)',
};

/**
 * Who may touch what. `hostwright_api` signs in; it acts as `hostwright_customer` or `hostwright_staff`
 * inside a transaction, and by itself may do only what comes before anybody is known.
 */
export class Access0006 extends Migration {
  override up(): void {
    for (const [table, owner] of Object.entries(OWNED)) {
      const name = table.replaceAll('"', '');
      const mine = `${owner} = ${ME}`;
      this.addSql(`
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy ${name}_customer on ${table} to hostwright_customer using (${mine}) with check (${[mine, HANGS_ON[name]].filter(Boolean).join(' and ')});
create policy ${name}_all on ${table} to hostwright_staff, hostwright_worker, hostwright_readonly, current_user using (true) with check (true);`);
    }
    this.addSql(`
-- Answers that were given are as private as what they are about; a customer's are kept by user.
alter table idempotency enable row level security;
alter table idempotency force row level security;
create policy idempotency_customer on idempotency to hostwright_customer
  using (exists (select from user_account u where idempotency.actor = 'customer/' || u.id))
  with check (exists (select from user_account u where idempotency.actor = 'customer/' || u.id));
create policy idempotency_all on idempotency to hostwright_api, hostwright_staff, current_user using (true) with check (true);
create policy user_account_sign_in on user_account to hostwright_api using (true) with check (true);
create policy customer_sign_up on customer to hostwright_api using (true) with check (true);
create policy payment_attempt_match on payment_attempt for select to hostwright_api using (true);
create policy service_by_token on service for select to hostwright_api using (true);
create policy service_secret_by_token on service_secret to hostwright_api using (true) with check (true);
create policy audit_entry_append on audit_entry for insert to hostwright_api with check (true);
create policy audit_entry_append_customer on audit_entry for insert to hostwright_customer with check (true);
create policy audit_entry_append_license on audit_entry for insert to hostwright_license with check (true);
create policy license_decide on license to hostwright_license using (true) with check (true);
create policy license_quota_decide on license_quota for select to hostwright_license using (true);

-- Before anybody is known.
grant select, insert, update on user_account, session, one_time_token, guess, idempotency to hostwright_api;
grant delete on guess, idempotency to hostwright_api;
grant insert on customer to hostwright_api;
grant select (id, email, name) on customer to hostwright_api;
grant select on setting, plan, plan_price, plan_quota, gateway_certificate to hostwright_api;
grant select (id, name, health) on node to hostwright_api;
grant select on api_key to hostwright_api;
grant update (last_used_at) on api_key to hostwright_api;
grant select, insert, update on webhook_inbox to hostwright_api;
grant select, insert, update on command_outbox to hostwright_api;
grant select (id, invoice_id, order_id, gateway, account, checkout_id, gateway_payment_id, key) on payment_attempt to hostwright_api;
grant select (id, reference, customer_id, username, node_id, status) on service to hostwright_api;
grant select, insert, update, delete on service_secret to hostwright_api;
grant insert on audit_entry to hostwright_api;

-- A customer: his own rows, and what placing an order writes.
grant select on setting, plan, plan_price, plan_quota to hostwright_customer;
grant select on customer, "order", order_line, order_event, subscription, license_quota, invoice, invoice_line, credit_note, payment, refund to hostwright_customer;
grant select (id, reference, customer_id, subscription_id, username, status, created_at, active_at, node_id) on service to hostwright_customer;
grant select (id, customer_id, service_id, plan_id, key_sealed, key_hint, status, issued_at, expires_at) on license to hostwright_customer;
grant select (id, customer_id, gateway, kind, brand, last4, exp_month, exp_year, is_default, created_at) on payment_method to hostwright_customer;
grant select (id, customer_id, invoice_id, order_id, gateway, status, decline_class, checkout_url, checkout_expires_at, created_at) on payment_attempt to hostwright_customer;
grant select (id, customer_id, email, name, kind) on user_account to hostwright_customer;
grant select (id, name) on node to hostwright_customer;
grant update (currency, name, company, country) on customer to hostwright_customer;
grant insert on "order", order_line, order_event, invoice, invoice_line, command_outbox, audit_entry to hostwright_customer;
grant select, insert, update on number_series, idempotency to hostwright_customer;

-- Staff: everything to read but secrets; to write what staff decide and no workflow owns.
grant select on customer, user_account, session, api_key, setting, plan, plan_price, plan_quota, plan_package, "order", order_line,
  order_event, subscription, service, license, license_quota, number_series, invoice, invoice_line, credit_note, payment_method,
  payment_attempt, payment, refund, ledger_transaction, ledger_entry, command_outbox, webhook_inbox, incident, incident_decision,
  staff_task, notice, audit_entry, idempotency, node to hostwright_staff;
grant select (id, key_id, node_id, scopes, allowed_networks, created_at, last_used_at, expires_at, revoked_at) on panel_credential to hostwright_staff;
grant insert, update on plan, plan_price, plan_quota, plan_package, node, panel_credential, api_key, setting, staff_task, number_series, idempotency, user_account to hostwright_staff;
grant delete on plan_quota, plan_package to hostwright_staff;
grant insert on customer, "order", order_line, order_event, invoice, invoice_line, command_outbox, audit_entry to hostwright_staff;
grant update (currency, name, company, country, email) on customer to hostwright_staff;
grant update (ended_at) on session to hostwright_staff;

-- The worker carries lifecycles out; it appends to books and audit, and deletes only what it may forget.
grant select, insert, update on customer, "order", order_line, order_event, subscription, service, service_secret, license, license_quota,
  number_series, invoice, invoice_line, payment_method, payment_attempt, payment, refund, command_outbox, webhook_inbox,
  gateway_certificate, incident, incident_decision, staff_task, notice, node, one_time_token, setting to hostwright_worker;
grant select on plan, plan_price, plan_quota, plan_package, user_account to hostwright_worker;
grant select, insert on credit_note, ledger_transaction, ledger_entry, audit_entry to hostwright_worker;
grant select on audit_chain, audit_waiting to hostwright_worker, hostwright_readonly, hostwright_staff;
grant delete on service_secret to hostwright_worker;
grant execute on function audit_sequence(integer) to hostwright_worker;

-- The license path: what a decision needs, nothing about people or money.
grant select (id, key_hash, status, node_id, in_grace, unnamed_features, issued_at, expires_at) on license to hostwright_license;
grant update (last_validated_at, validations) on license to hostwright_license;
grant select (last_validated_at, validations) on license to hostwright_license;
grant select on license_quota to hostwright_license;
grant select on panel_credential to hostwright_license;
grant update (last_used_at) on panel_credential to hostwright_license;
grant insert on audit_entry to hostwright_license;
grant select (id, key_hash, scopes, allowed_networks, expires_at, revoked_at) on api_key to hostwright_license;
grant select (id, name, base_url) on node to hostwright_license;
grant select on setting to hostwright_license;

-- Reports: no secrets, no sessions.
grant select on customer, plan, plan_price, plan_quota, "order", order_line, order_event, subscription, invoice, invoice_line, credit_note,
  payment, refund, ledger_transaction, ledger_entry, incident, incident_decision, staff_task, notice, audit_entry to hostwright_readonly;
grant select (id, reference, customer_id, subscription_id, node_id, username, external_id, status, created_at, active_at) on service to hostwright_readonly;
grant select (id, name, panel, capacity, slots_taken, draining, health) on node to hostwright_readonly;

revoke execute on function audit_sequence(integer), audit_verify() from public;
grant execute on function audit_verify() to hostwright_staff, hostwright_readonly;`);
  }

  override down(): void {
    const roles =
      'hostwright_api, hostwright_customer, hostwright_staff, hostwright_worker, hostwright_license, hostwright_readonly';
    this.addSql(`
do $$ declare it record; begin
  for it in select policyname, tablename from pg_policies where schemaname = 'public' loop
    execute format('drop policy %I on %I', it.policyname, it.tablename);
    execute format('alter table %I no force row level security', it.tablename);
    execute format('alter table %I disable row level security', it.tablename);
  end loop;
end $$;
revoke all on all tables in schema public from ${roles};
revoke all on all functions in schema public from ${roles};
grant execute on function audit_sequence(integer), audit_verify() to public;`);
  }
}
