import { Migration } from '@mikro-orm/migrations';

/** The intake of webhooks sees which try has paid: it decides who is told of an event. */
export class Intake0009 extends Migration {
  override up(): void {
    this.addSql('grant select (status) on payment_attempt to hostwright_api;');
  }

  override down(): void {
    this.addSql('revoke select (status) on payment_attempt from hostwright_api;');
  }
}
