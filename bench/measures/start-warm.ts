import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '#cli/root.ts';
import type { Measure } from '../measure.ts';

const ROUNDS = 5;

/** One `npm start` on a data folder until all is ready, and its end. @returns seconds until ready */
async function start(data: string): Promise<number> {
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, HOSTWRIGHT_DATA: data },
    stdio: 'ignore',
    detached: true,
  });
  const ended = once(child, 'exit');
  const ready = join(data, 'running.json');
  while (!existsSync(ready)) {
    if (child.exitCode !== null)
      throw new Error(`npm start ended with ${child.exitCode} before it was ready; see ${data}/logs.`);
    await pause(20);
  }
  const seconds = (performance.now() - began) / 1_000;
  process.kill(-child.pid!, 'SIGINT');
  await ended;
  rmSync(ready, { force: true });
  return seconds;
}

export default {
  ids: ['start-warm'],
  method:
    '`npm start` on data that was started before, packages and Temporal at hand, until `.data/running.json` says that all is ready.',
  async run(harness) {
    const data = join(harness.folder, 'data');
    mkdirSync(data, { recursive: true });
    harness.say(`first start: ${(await start(data)).toFixed(1)} s, with its order`);
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push(await start(data));
      harness.say(`round ${round + 1}: ${rounds.at(-1)!.toFixed(1)} s`);
    }
    return [{ id: 'start-warm', unit: 's', baseline: null, must: 20, aim: 10, rounds }];
  },
} satisfies Measure;
