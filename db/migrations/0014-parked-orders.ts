import { Migration } from '@mikro-orm/migrations';

/** A customer may learn that an order of his waits for staff, and nothing of why. */
export class ParkedOrders0014 extends Migration {
  override up(): void {
    this.addSql(`
grant select (customer_id, order_id, status) on incident to hostwright_customer;
create index incident_customer on incident (customer_id);`);
  }

  override down(): void {
    this.addSql(
      'drop index incident_customer; revoke select (customer_id, order_id, status) on incident from hostwright_customer;',
    );
  }
}
