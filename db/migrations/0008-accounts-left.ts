import { Migration } from '@mikro-orm/migrations';

/** Where a service may have left an account, so that it is looked for there whatever happens to whoever should. */
export class AccountsLeft0008 extends Migration {
  override up(): void {
    this.addSql(`
-- A node that the service went on from, or a name it has given up on its node; written in the same transaction.
create table account_left (
  service_id uuid not null references service,
  node_id uuid not null references node,
  username text not null,
  -- The panel's id of the account, where its answer had come.
  external_id text,
  made_by_us boolean not null default false,
  left_at timestamptz not null,
  -- Since then nothing of it is there, or staff have the task to look.
  settled_at timestamptz,
  primary key (service_id, node_id, username)
);
grant select, insert, update on account_left to hostwright_worker;`);
  }

  override down(): void {
    this.addSql('drop table account_left;');
  }
}
