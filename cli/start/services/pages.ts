import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from '#cli/fingerprint.ts';
import { ROOT } from '#cli/root.ts';
import { systemEnvironment, type Settings } from '../environment.ts';
import { writeWhole } from '../files.ts';
import type { Supervisor } from '../processes/supervisor.ts';

const SOURCES = [
  'ui',
  'api/client.ts',
  'api/contracts',
  'domain/services/username.ts',
  'domain/vendors.ts',
  'package-lock.json',
];
/** Gone with the folder, which every build empties. */
const STAMP = join(ROOT, 'ui/dist/.sources');

/** Builds the pages when one of their sources has changed. @returns whether it did */
export async function buildPages(
  supervisor: Pick<Supervisor, 'run'>,
  own: Settings['own'],
  note: (text: string) => void,
) {
  const now = fingerprint(SOURCES, (path) => path === 'ui/dist');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now) return false;
  note('building the pages, usually 5 s');
  await supervisor.run({
    name: 'pages',
    command: process.execPath,
    args: [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', 'ui'],
    env: { ...systemEnvironment(own), NODE_ENV: 'production' },
    cwd: ROOT,
  });
  writeWhole(STAMP, now);
  return true;
}
