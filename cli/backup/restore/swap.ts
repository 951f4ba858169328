import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '#cli/start/files.ts';
import { sync } from '../archive/write.ts';
import { stampOf } from '../manifest.ts';

/** Folders of the data that a back-up holds; each is replaced whole. */
const REPLACED = ['postgres', 'temporal'];

const JOURNAL = 'restore.json';
const DRAFT = 'restore.new';

/** Written when all that was restored lies ready, and gone when all of it is in place. */
interface Journal {
  /** Of the back-up. */
  id: string;
  /** Where the data before are kept, in the data folder. */
  kept: string;
}

/** Where a restore gathers what will replace the data. */
export const draftOf = (data: string): string => join(data, DRAFT);

/**
 * Puts what lies ready in the draft in place of the data. From the moment its journal is on the disk only the new data
 * count: whoever comes next, a restore or a start, goes on with `finishSwap`.
 * @returns the folder in which the data before are kept
 */
export function swapIn(data: string, id: string, asOf: Date): string {
  const journal: Journal = { id, kept: `before-restore-${stampOf(asOf)}` };
  const draft = join(data, `${JOURNAL}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(journal), { mode: 0o600, flush: true });
  renameSync(draft, join(data, JOURNAL));
  sync(data);
  return finishSwap(data)!.kept;
}

/**
 * Ends a restore that was interrupted: one that was ready is completed, one that was not leaves nothing behind.
 * Whoever calls it holds the lock of the data folder.
 * @returns what was completed, with the whole path of the data before; undefined when there was nothing to complete
 */
export function finishSwap(data: string): Journal | undefined {
  const journal = readJson<Journal | undefined>(join(data, JOURNAL), undefined);
  const kept = journal && join(data, journal.kept);
  if (kept) {
    for (const name of REPLACED) {
      const [place, next] = [join(data, name), join(data, DRAFT, name)];
      // Once it is in place it is no longer in the draft.
      if (!existsSync(next)) continue;
      if (existsSync(place)) {
        mkdirSync(kept, { recursive: true, mode: 0o700 });
        renameSync(place, join(kept, name));
        sync(kept);
      }
      renameSync(next, place);
      sync(data);
    }
    rmSync(join(data, JOURNAL));
    sync(data);
  }
  rmSync(draftOf(data), { recursive: true, force: true });
  return journal && { ...journal, kept: kept! };
}
