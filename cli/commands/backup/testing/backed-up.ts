import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from '@jest/globals';
import pg from 'pg';
import { openInstallation } from '#cli/backup/testing/installation.ts';
import { DATA } from '#cli/root.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { newId } from '#domain/ids.ts';
import { hostwright } from '#e2e/harness/command.ts';

/** An installation that was backed up by command once, while it ran, and has gone on since. It does not run now. */
export async function openBackedUp() {
  const folder = temporaryFolder();
  const data = folder.file('data');
  const installation = await openInstallation(data);
  /** The real command line, on its data folder. */
  const command = (args: string[], env: Record<string, string> = {}, stdin = '') =>
    hostwright({ HOSTWRIGHT_DATA: data, NODE_COMPILE_CACHE: join(DATA, 'compile-cache'), ...env }, args, stdin);

  const sql = async <T extends pg.QueryResultRow>(text: string, values: unknown[] = [], options = '') => {
    const client = new pg.Client({ connectionString: installation.databaseUrl, options });
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const addNote = (text: string) => sql('insert into note (text) values ($1)', [text]);
  const addCommand = (workflowId: string, sentAt: Date) =>
    sql(
      `insert into command_outbox (id, kind, workflow_id, name, args, search, key, created_at, due_at, sent_at)
       values ($1, 'start', $2, 'fulfillOrder', '[]', '{}', 'start/' || $2, $3, $3, $3)`,
      [newId(), workflowId, sentAt],
    );
  /** As much of Temporal as a back-up sees: a file that SQLite writes. */
  const inTemporalFile = <T>(work: (database: DatabaseSync) => T): T => {
    mkdirSync(`${data}/temporal`, { recursive: true });
    const database = new DatabaseSync(`${data}/temporal/server.db`);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  /** As `npm start` runs it, for as long as the work takes. */
  const running = async <T>(work: () => Promise<T>): Promise<T> => {
    await installation.start();
    try {
      return await work();
    } finally {
      await installation.stop();
    }
  };

  inTemporalFile((database) =>
    database.exec(`pragma journal_mode = wal; create table t (a); insert into t values ('first')`),
  );
  const file = await running(async () => {
    await sql('create table note (id bigint generated always as identity, text text)');
    await addNote('before the back-up');
    await addCommand('order/long-sent', new Date(Date.now() - 3_600_000));
    await addCommand('order/just-sent', new Date());
    const made = await command(['backup', folder.file('one.backup'), '--json']);
    expect([made.exit, made.err]).toEqual([0, expect.stringContaining('Its key was made just now')]);
    await addNote('after it');
    inTemporalFile((database) => database.exec(`insert into t values ('second')`));
    return made.json<{ file: string }>().file;
  });
  return {
    folder,
    data,
    file,
    installation,
    command,
    sql,
    running,
    inTemporalFile,
    notes: async () => (await sql<{ text: string }>('select text from note order by id')).map(({ text }) => text),
    async close() {
      await installation.stop();
      folder.remove();
    },
  };
}
