import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** An empty folder for one test. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'hostwright-cli-'));
  const file = (name: string) => join(path, name);
  return {
    path,
    file,
    /** Writes a file, with the folders it is in; returns its path. */
    write(name: string, text: string, mode = 0o644): string {
      mkdirSync(dirname(file(name)), { recursive: true });
      writeFileSync(file(name), text, { mode });
      return file(name);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
