import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startedAt } from './pid.mjs';
import { takeLock, waitForLock } from './pid-lock.mjs';
import { ROOT } from './root.ts';
import { temporaryFolder } from './testing/folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const take = (file: string) => {
  const lock = takeLock(file);
  if ('heldBy' in lock) throw new Error(`held by ${lock.heldBy}`);
  return lock;
};

/** Takes the lock in another process and says so; ends when its input does. */
async function holder(file: string) {
  const program = `import { takeLock } from '${ROOT}/cli/pid-lock.mjs'; console.log(JSON.stringify(takeLock('${file}'))); process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { pid: child.pid!, got: JSON.parse(String(line)) as { heldBy?: number }, child };
}

describe('a lock', () => {
  it('is taken, names its holder to the next, and is free when released', () => {
    const first = take(folder.file('a.lock'));
    expect(takeLock(folder.file('a.lock'))).toEqual({ heldBy: process.pid });
    first.release();
    take(folder.file('a.lock')).release();
  });

  it('of a holder that was killed binds nobody', async () => {
    const { child, pid } = await holder(folder.file('a.lock'));
    expect(takeLock(folder.file('a.lock'))).toEqual({ heldBy: pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    take(folder.file('a.lock')).release();
  });

  it('of a number that another process has by now binds nobody', () => {
    folder.write('a.lock', JSON.stringify({ pid: process.pid, started: 'before' }));
    take(folder.file('a.lock')).release();
  });

  it('that is just being written counts as taken, one that was left empty does not', () => {
    folder.write('a.lock', '');
    expect(takeLock(folder.file('a.lock'))).toEqual({ heldBy: 0 });
    const long = new Date(Date.now() - 60_000);
    utimesSync(folder.file('a.lock'), long, long);
    take(folder.file('a.lock')).release();
  });

  it('left by a killed holder goes to exactly one of those who come at once', async () => {
    folder.write('a.lock', JSON.stringify({ pid: 1, started: 'never' }));
    const all = await Promise.all(Array.from({ length: 6 }, () => holder(folder.file('a.lock'))));
    expect(all.filter(({ got }) => got.heldBy === undefined)).toHaveLength(1);
    for (const { child } of all) child.stdin.end();
  });

  it('is not taken away from others by a release that comes late', () => {
    const first = take(folder.file('a.lock'));
    folder.write('a.lock', JSON.stringify({ pid: 1, started: startedAt(1) }));
    first.release();
    expect(takeLock(folder.file('a.lock'))).toEqual({ heldBy: 1 });
  });
});

describe('waiting for a lock', () => {
  it('says once whose it is, and goes on when it is free', async () => {
    const first = take(folder.file('a.lock'));
    const told: number[] = [];
    const waiting = waitForLock(folder.file('a.lock'), (pid) => {
      told.push(pid);
      first.release();
    });
    (await waiting).release();
    expect(told).toEqual([process.pid]);
  });
});
