import { existsSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';

/** All pages in one step: one moment, however much is written meanwhile. */
const EVERY_PAGE = 2 ** 31 - 1;

/**
 * Copies the file of the embedded Temporal server while it runs, or while nothing does. Page by page, not by VACUUM,
 * which may renumber the rows that its search index points to.
 */
export async function copyTemporalFile(file: string, copy: string): Promise<void> {
  rmSync(copy, { force: true });
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    await backup(database, copy, { rate: EVERY_PAGE });
  } finally {
    database.close();
  }
  // It says of itself that it has a write-ahead log; closing it leaves one file.
  const copied = new DatabaseSync(copy);
  copied.exec('pragma journal_mode = delete');
  copied.close();
}

/** What SQLite finds wrong with a file; empty when it is sound. */
export function faultsOfTemporalFile(file: string): string[] {
  if (!existsSync(file)) return ['it is not there'];
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('pragma integrity_check').all() as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } catch (error) {
    return [(error as Error).message];
  } finally {
    database.close();
  }
}
