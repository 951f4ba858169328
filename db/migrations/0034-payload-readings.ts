import { Migration } from '@mikro-orm/migrations';

/**
 * How much somebody has read of one workflow's histories within a quarter of an hour. Its first row is audited at once;
 * when the quarter is over, the row goes, and what it counted becomes an entry (api/operation/payload-readings.ts).
 */
export class PayloadReadings0034 extends Migration {
  override up(): void {
    this.addSql(`
create table payload_reading (
  reader text not null,
  -- Empty where what was read does not say.
  workflow_id text not null,
  result text not null check (result in ('ok', 'failed')),
  quarter_at timestamptz not null,
  actor jsonb not null,
  payloads integer not null check (payloads > 0),
  requests integer not null default 1,
  primary key (reader, workflow_id, result, quarter_at)
);
create index payload_reading_quarter on payload_reading (quarter_at);
grant select, insert, update, delete on payload_reading to hostwright_api;`);
  }

  override down(): void {
    this.addSql('drop table payload_reading;');
  }
}
