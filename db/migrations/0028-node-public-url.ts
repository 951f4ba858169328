import { Migration } from '@mikro-orm/migrations';

/**
 * Where customers reach the panel of a node, apart from where we call it. Of nodes that are there it is taken from the
 * latter only where that is a public name; what else it may be, staff say.
 */
export class NodePublicUrl0028 extends Migration {
  override up(): void {
    this.addSql(`
alter table node add public_url text;
update node set public_url = base_url
  where base_url ~ '^https://([a-z0-9-]+\\.)+[a-z]{2,}(:[0-9]+)?(/.*)?$'
    and base_url !~ '^https://([a-z0-9-]+\\.)*(localhost|local|internal|lan|home\\.arpa)(:[0-9]+)?(/.*)?$';
grant select (public_url) on node to hostwright_customer, hostwright_api;`);
  }

  override down(): void {
    this.addSql('alter table node drop public_url;');
  }
}
