import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Rows of one kind, by id, in the order they were first set. */
export interface Collection<T> {
  get(id: string): T | undefined;
  /** Writes the row and, when the simulator has a file, the journal line, before it returns. */
  set(id: string, row: T): T;
  delete(id: string): void;
  all(): T[];
}

type Line = [collection: string, id: string, row: unknown];

/**
 * What a simulator remembers. With a file, every change is appended to it at once, so a simulator that is
 * killed knows afterwards what it had answered before, as the real vendor would.
 */
export function openStore(file?: string) {
  const collections = new Map<string, Map<string, unknown>>();
  const rows = (name: string) => {
    let found = collections.get(name);
    if (!found) collections.set(name, (found = new Map()));
    return found;
  };
  if (file) load(file, rows);
  const record = (line: Line) => {
    if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  return {
    collection<T>(name: string): Collection<T> {
      return {
        get: (id) => rows(name).get(id) as T | undefined,
        set(id, row) {
          rows(name).set(id, row);
          record([name, id, row]);
          return row;
        },
        delete(id) {
          rows(name).delete(id);
          record([name, id, null]);
        },
        all: () => [...rows(name).values()] as T[],
      };
    },
    clear() {
      for (const each of collections.values()) each.clear();
      if (file) writeFileSync(file, '');
    },
  };
}
export type Store = ReturnType<typeof openStore>;

/** Reads the journal and writes it anew without what was overwritten; a torn last line is what a kill leaves. */
function load(file: string, rows: (name: string) => Map<string, unknown>) {
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) return;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    let entry: Line;
    try {
      entry = JSON.parse(line) as Line;
    } catch {
      continue;
    }
    const [name, id, row] = entry;
    if (row === null) rows(name).delete(id);
    else rows(name).set(id, row);
  }
  compact(file, rows);
}

function compact(file: string, rows: (name: string) => Map<string, unknown>) {
  const names = new Set(
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => /^\["([^"]+)"/.exec(line)?.[1] ?? []),
  );
  const lines = [...names].flatMap((name) => [...rows(name)].map(([id, row]) => JSON.stringify([name, id, row])));
  writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(''));
  renameSync(`${file}.new`, file);
}
