import { existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** One file per process. A process writes into it by itself, so that its last words outlive whoever started it. */
export function openLogs(folder: string) {
  mkdirSync(folder, { recursive: true });
  const opened = new Set<string>();
  const path = (name: string) => join(folder, `${name}.log`);
  return {
    path,
    /** A file handle to append to; the log of the start before is kept as `<name>.log.1`. */
    open(name: string): number {
      if (!opened.has(name) && existsSync(path(name))) renameSync(path(name), `${path(name)}.1`);
      opened.add(name);
      return openSync(path(name), 'a', 0o600);
    },
    /** The last lines, for an error message. */
    tail(name: string, lines = 20): string[] {
      if (!existsSync(path(name))) return [];
      return readFileSync(path(name), 'utf8').trimEnd().split('\n').slice(-lines);
    },
  };
}
export type Logs = ReturnType<typeof openLogs>;
