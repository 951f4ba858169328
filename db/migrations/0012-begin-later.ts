import { Migration } from '@mikro-orm/migrations';

/**
 * A workflow may be started now and begin at its first action. Its start row is kept until then: whoever wakes it earlier
 * needs to know what it is. A signal finds its workflow's start by the start's key.
 */
export class BeginLater0012 extends Migration {
  override up(): void {
    this.addSql(`
alter table command_outbox add begin_at timestamptz;
drop index command_outbox_starts;`);
  }

  override down(): void {
    this.addSql(`
alter table command_outbox drop begin_at;
create index command_outbox_starts on command_outbox (workflow_id) where sent_at is null and kind = 'start';`);
  }
}
