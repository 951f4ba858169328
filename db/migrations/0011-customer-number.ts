import { Migration } from '@mikro-orm/migrations';

/**
 * What people call a customer by: the first is 1, and a number is never given twice. Those who are there get theirs in
 * the order in which they came. A sign-up that fails may leave a gap; nothing counts customers by it.
 */
export class CustomerNumber0011 extends Migration {
  override up(): void {
    this.addSql(`
alter table customer add number bigint;
update customer c set number = n.number
from (select id, row_number() over (order by created_at, id) as number from customer) n where n.id = c.id;
alter table customer alter number set not null;
alter table customer alter number add generated always as identity;
select setval(pg_get_serial_sequence('customer', 'number'), (select coalesce(max(number), 0) from customer) + 1, false);
alter table customer add constraint customer_number unique (number);`);
  }

  override down(): void {
    this.addSql('alter table customer drop number;');
  }
}
