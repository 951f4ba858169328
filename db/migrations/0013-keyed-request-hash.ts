import { Migration } from '@mikro-orm/migrations';

/**
 * A request under an Idempotency-Key is known by a hash under a key of ours. Those kept before were plain hashes, from which
 * a password could be guessed, so they go; they would not be known again anyway. The same holds on the way back.
 */
export class KeyedRequestHash0013 extends Migration {
  override up(): void {
    this.addSql('delete from idempotency;');
  }

  override down(): void {
    this.addSql('delete from idempotency;');
  }
}
