import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { signalGroup } from '#cli/pid.mjs';
import { readJson, writeWhole } from '../files.ts';
import type { WatchedProcess } from './guard.ts';

const PATIENCE_MS = 5_000;

/** What runs, so that the next start can end it should launcher and guard both have been killed. */
export function rememberProcesses(file: string, processes: WatchedProcess[]): void {
  if (processes.length > 0) writeWhole(file, JSON.stringify(processes));
  else rmSync(file, { force: true });
}

/** Stops what an earlier start left running. @returns how many there were */
export async function stopLeftovers(file: string): Promise<number> {
  const found = readJson<WatchedProcess[]>(file, []).filter((each) => signalGroup(each, each.signal));
  const deadline = Date.now() + PATIENCE_MS;
  for (let left = found; left.length > 0; left = left.filter((each) => signalGroup(each, 0))) {
    if (Date.now() > deadline) for (const each of left) signalGroup(each, 'SIGKILL');
    await pause(50);
  }
  rmSync(file, { force: true });
  return found.length;
}
