import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { signalGroup, startedAt } from '#cli/pid.mjs';
import { ROOT } from '#cli/root.ts';
import { eventually } from '#cli/testing/eventually.ts';

const OBEYS = 'while :; do sleep 60; done';
/** Does not hear a polite request, nor does the child it has. */
const DEAF = `trap '' TERM; sh -c "trap '' TERM; while :; do sleep 60; done" & while :; do sleep 60; done`;

interface Started {
  launcher: number;
  guard: number;
  pids: number[];
}
const groups: { pid: number; started: string | undefined }[] = [];

async function launch(...scripts: string[]): Promise<Started> {
  const launcher = spawn(process.execPath, [`${ROOT}/cli/testing/launcher.ts`, ...scripts], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  const [line] = (await once(launcher.stdout, 'data')) as [Buffer];
  const started = { launcher: launcher.pid!, ...(JSON.parse(String(line)) as Omit<Started, 'launcher'>) };
  groups.push(...started.pids.map((pid) => ({ pid, started: startedAt(pid) })));
  return started;
}

const gone = (pids: number[]) => pids.every((pid) => startedAt(pid) === undefined);
const groupGone = (pid: number) => !signalGroup({ pid, started: startedAt(pid) }, 0);

afterEach(() => {
  for (const group of groups.splice(0)) signalGroup(group, 'SIGKILL');
});

describe('when the launcher is killed', () => {
  it('stops what the launcher started, and then itself', async () => {
    const { launcher, guard, pids } = await launch('sleep 600', OBEYS);
    expect(gone(pids)).toBe(false);
    process.kill(launcher, 'SIGKILL');
    await eventually('all are gone', () => gone([...pids, guard]), 2_500);
  });

  it('kills within five seconds what does not stop when asked, with all of its children', async () => {
    const { launcher, guard, pids } = await launch(DEAF);
    process.kill(launcher, 'SIGKILL');
    await eventually(
      'the deaf one, its child and the guard are gone',
      () => gone([...pids, guard]) && pids.every(groupGone),
      60_000,
    );
  });
});

describe('while the launcher lives', () => {
  it('is replaced when it is killed, and its successor knows what to stop', async () => {
    const { launcher, guard, pids } = await launch('sleep 600');
    process.kill(guard, 'SIGKILL');
    await eventually('the first guard is gone', () => gone([guard]));
    await eventually('there is another', () => childrenOf(launcher).length === 2);
    process.kill(launcher, 'SIGKILL');
    await eventually('the process is gone', () => gone(pids), 60_000);
  });
});

describe('a process number that belongs to another by now', () => {
  it('is left alone', async () => {
    const { launcher, pids } = await launch('sleep 600');
    const [pid] = pids as [number];
    expect(signalGroup({ pid, started: 'another moment' }, 'SIGKILL')).toBe(false);
    expect(startedAt(pid)).toBeDefined();
    process.kill(launcher, 'SIGKILL');
    await eventually('it is gone', () => gone(pids));
  });
});

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}
