import { Migration } from '@mikro-orm/migrations';

/** Guesses were counted under plain hashes of addresses, which tell who was guessed at. They are keyed now, and counts start over. */
export class KeyedGuesses0026 extends Migration {
  override up(): void {
    this.addSql(`delete from guess where key like 'account/%' or key like 'hour/%';`);
  }

  override down(): void {
    this.addSql(`delete from guess where key like 'account/%' or key like 'hour/%';`);
  }
}
