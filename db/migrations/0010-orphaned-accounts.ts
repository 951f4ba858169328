import { Migration } from '@mikro-orm/migrations';

/** What is left on a node is called by the word of the trade. */
export class OrphanedAccounts0010 extends Migration {
  override up(): void {
    this.addSql(`
alter table account_left rename to orphaned_account;
alter table orphaned_account rename column left_at to since;
alter table orphaned_account rename column settled_at to resolved_at;
update staff_task set kind = 'orphaned_account', key = replace(key, 'left-behind/', 'orphaned-account/')
where kind = 'account_left_behind';`);
  }

  override down(): void {
    this.addSql(`
alter table orphaned_account rename to account_left;
alter table account_left rename column since to left_at;
alter table account_left rename column resolved_at to settled_at;`);
  }
}
