import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { startedAt } from '#cli/pid.mjs';

/** All pages in one step: one moment, however much is written meanwhile. */
const EVERY_PAGE = 2 ** 31 - 1;

/**
 * Copies the file of the embedded Temporal server while it runs, or while nothing does. Page by page, not by VACUUM,
 * which may renumber the rows that its search index points to.
 * @returns the copy, beside it and as closed to others; whoever asked for it removes it
 */
export async function copyTemporalFile(file: string): Promise<string> {
  sweep(file);
  const copy = `${file}.copy-${process.pid}`;
  writeFileSync(copy, '', { mode: 0o600 });
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    await backup(database, copy, { rate: EVERY_PAGE });
  } finally {
    database.close();
  }
  // It says of itself that it has a write-ahead log; without one it is a single file.
  const copied = new DatabaseSync(copy);
  copied.exec('pragma journal_mode = delete');
  copied.close();
  return copy;
}

/** Copies of those that were killed. */
function sweep(file: string): void {
  const begin = `${basename(file)}.copy-`;
  for (const name of readdirSync(dirname(file)).filter((each) => each.startsWith(begin))) {
    if (startedAt(Number.parseInt(name.slice(begin.length), 10)) === undefined) rmSync(join(dirname(file), name));
  }
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
