import { Migration } from '@mikro-orm/migrations';

/** What a panel can is found by its check, not typed; by hand it is only switched off. `capabilities` is what is left of both. */
export class NodeCapabilities0025 extends Migration {
  override up(): void {
    this.addSql(`
alter table node add capabilities_found text[] not null default '{}', add capabilities_off text[] not null default '{}',
  add probed_at timestamptz;
update node set capabilities_found = capabilities;`);
  }

  override down(): void {
    this.addSql('alter table node drop capabilities_found, drop capabilities_off, drop probed_at;');
  }
}
