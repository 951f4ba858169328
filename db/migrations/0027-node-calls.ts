import { Migration } from '@mikro-orm/migrations';

/** How many calls the key of a node may be used for, and how many it was used for, in rows of ten minutes. */
export class NodeCalls0027 extends Migration {
  override up(): void {
    this.addSql(`
alter table node add calls_per_hour integer not null default 900 check (calls_per_hour > 0),
  add calls_per_day integer not null default 9000 check (calls_per_day > 0);
create table node_calls (
  node_id uuid not null references node on delete cascade,
  began_at timestamptz not null,
  calls integer not null check (calls >= 0),
  checks integer not null check (checks between 0 and calls),
  primary key (node_id, began_at)
);
grant select, insert, update, delete on node_calls to hostwright_worker;
grant select on node_calls to hostwright_staff;`);
  }

  override down(): void {
    this.addSql('drop table node_calls; alter table node drop calls_per_hour, drop calls_per_day;');
  }
}
