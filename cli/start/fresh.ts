import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { confirm } from '@clack/prompts';
import { Problem } from '#cli/problem.ts';
import { stopLeftovers } from './processes/leftovers.ts';

/** Locks say who is at it just now; a test run cleans up after itself; older back-ups open with their key alone. */
const KEPT = new Set(['start.lock', 'install.lock', 'test', 'backup.key', 'backup.recipient']);

/**
 * Empties the data folder, after asking.
 * @returns false when the person does not want to
 */
export async function emptyData(data: string, yes: boolean): Promise<boolean> {
  const names = existsSync(data) ? readdirSync(data).filter((name) => !KEPT.has(name)) : [];
  if (names.length === 0) return true;
  if (!yes) {
    if (!process.stdin.isTTY) {
      throw new Problem(`--fresh deletes everything in ${data}, and there is no terminal to ask on.`, {
        waysOut: ['Say so beforehand: npm start -- --fresh --yes'],
      });
    }
    const answer = await confirm({
      message: `Delete everything in ${data}: database, server state, secrets, logs?`,
      initialValue: false,
    });
    if (answer !== true) return false;
  }
  await stopLeftovers(join(data, 'processes.json'));
  for (const name of names) rmSync(join(data, name), { recursive: true, force: true });
  return true;
}
