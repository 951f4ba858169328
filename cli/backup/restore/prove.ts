import pg from 'pg';
import { DATABASE, startPostgres, superuserUrl, type ClusterConfig } from '#cli/start/services/postgres.ts';
import type { Supervisor } from '#cli/start/processes/supervisor.ts';
import type { Manifest } from '../manifest.ts';

/** Every file goes onto the disk, and all the WAL is gone through. */
const READY_WITHIN_MS = 3_600_000;
/** By how much a command may have been written before the moment it says. */
const MARGIN_MS = 60_000;

/**
 * Starts PostgreSQL once on what was unpacked, so that it is made consistent and on the disk before it replaces
 * anything; then has said once more what Temporal's file, which is a little older, may not have heard.
 * @returns orders that ended between the two moments, whose workflows have to be ended by hand
 */
export async function prove(supervisor: Supervisor, config: ClusterConfig, { temporal }: Manifest): Promise<string[]> {
  await startPostgres(supervisor, { ...config, readyWithinMs: READY_WITHIN_MS });
  const url = new URL(superuserUrl(config));
  url.pathname = `/${DATABASE}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    if (temporal.kept !== 'file') return [];
    const since = new Date(new Date(temporal.asOf).getTime() - MARGIN_MS);
    await client.query(SAY_AGAIN, [since]);
    const { rows } = await client.query<{ id: string }>('select id from "order" where ended_at >= $1', [temporal.asOf]);
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

/** Saying it twice does nothing; orders that have ended need to hear nothing. */
const SAY_AGAIN = `update command_outbox set sent_at = null, due_at = now()
  where sent_at >= $1 and workflow_id not in (select 'order/' || id from "order" where ended_at is not null)`;
