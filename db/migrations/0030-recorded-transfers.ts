import { Migration } from '@mikro-orm/migrations';

/** Staff record a transfer for an order that waits at a gateway: it is used once, whatever the order was to be paid with. */
export class RecordedTransfers0030 extends Migration {
  override up(): void {
    this.addSql(`
alter table "order" add payment_recorded_at timestamptz;
drop index order_payment_reference;
create unique index order_payment_reference on "order" (payment_reference_key) where status <> 'canceled';
grant update (wishes, payment_reference_key, payment_recorded_at) on "order" to hostwright_staff;`);
  }

  override down(): void {
    this.addSql(`
revoke update (wishes, payment_reference_key, payment_recorded_at) on "order" from hostwright_staff;
drop index order_payment_reference;
create unique index order_payment_reference on "order" (payment_reference_key) where gateway = 'recorded' and status <> 'canceled';
alter table "order" drop payment_recorded_at;`);
  }
}
