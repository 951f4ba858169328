import { Migration } from '@mikro-orm/migrations';

/** What the last check of each gateway found. */
export class GatewayHealth0031 extends Migration {
  override up(): void {
    this.addSql(`
create table gateway_health (
  gateway text primary key,
  -- Slug of the account it was checked for.
  account text not null,
  -- Null until the first check is over.
  health text check (health in ('healthy', 'failing')),
  mode text check (mode in ('live', 'test')),
  webhook_url text,
  steps jsonb not null,
  checked_at timestamptz not null
);
grant select, insert, update on gateway_health to hostwright_worker;
grant select on gateway_health to hostwright_staff;`);
  }

  override down(): void {
    this.addSql('drop table gateway_health;');
  }
}
