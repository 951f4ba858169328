import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/**
 * One number for everything a build reads: it is built again when a file has changed, and not otherwise.
 * @param paths  files and folders of the project; one that is not there counts as empty
 * @param leaveOut  names of folders and files whose change does not matter
 */
export function fingerprint(paths: string[], leaveOut: (path: string) => boolean = () => false): string {
  const hash = createHash('sha256');
  for (const path of paths) add(path);
  return hash.digest('hex');

  function add(path: string): void {
    const full = join(ROOT, path);
    if (leaveOut(path) || !existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(join(path, name));
      return;
    }
    hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
  }
}
