import { Migration } from '@mikro-orm/migrations';

const CYCLES = `('weekly', 'monthly', 'quarterly', 'half_yearly', 'yearly', 'two_yearly', 'three_yearly', 'one_time')`;

/** Periods from a week to three years, and what is paid once and for all, which has none. */
export class BillingCycles0036 extends Migration {
  override up(): void {
    this.addSql(`
alter table plan_price drop constraint plan_price_cycle_check, add check (cycle in ${CYCLES});
alter table order_line add check (cycle in ${CYCLES});
alter table subscription drop constraint subscription_cycle_check, add check (cycle in ${CYCLES}),
  drop constraint subscription_period, alter paid_through drop not null,
  add constraint subscription_period check (case when cycle = 'one_time' then paid_through is null
    else paid_through is not null and paid_through > period_start end);`);
  }

  override down(): void {
    this.addSql(`
alter table subscription drop constraint subscription_period, alter paid_through set not null,
  add constraint subscription_period check (paid_through > period_start),
  drop constraint subscription_cycle_check, add check (cycle in ('monthly', 'yearly'));
alter table order_line drop constraint order_line_cycle_check;
alter table plan_price drop constraint plan_price_cycle_check, add check (cycle in ('monthly', 'yearly'));`);
  }
}
