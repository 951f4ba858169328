import { Migration } from '@mikro-orm/migrations';

/** One transfer is one reference however it is written: compared by letters and digits alone. */
export class PaymentReferences0023 extends Migration {
  override up(): void {
    this.addSql(`
alter table "order" add payment_reference_key text;
-- Near enough to domain/money/payment-reference.ts for what is there; two that were taken for two stay two.
update "order" o set payment_reference_key = k.key || case when k.nth > 1 then ' ' || k.nth else '' end
from (
  select id, key, row_number() over (partition by key order by placed_at, id) as nth
  from (
    select id, placed_at, lower(regexp_replace(normalize(wishes->>'paymentReference', NFKD), '[^[:alnum:]]', '', 'g')) as key
    from "order" where gateway = 'recorded' and wishes ? 'paymentReference'
  ) keyed
) k where k.id = o.id;
drop index order_payment_reference;
create unique index order_payment_reference on "order" (payment_reference_key) where gateway = 'recorded' and status <> 'canceled';`);
  }

  override down(): void {
    this.addSql(`
drop index order_payment_reference;
create unique index order_payment_reference on "order" ((wishes->>'paymentReference')) where gateway = 'recorded' and status <> 'canceled';
alter table "order" drop payment_reference_key;`);
  }
}
