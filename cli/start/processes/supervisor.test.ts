import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startedAt } from '#cli/pid.mjs';
import { eventually } from '#cli/testing/eventually.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { startGuard } from './guard.ts';
import { openLogs } from './logs.ts';
import { createSupervisor, type Service, type Supervisor } from './supervisor.ts';

let folder: ReturnType<typeof temporaryFolder>;
let guard: ReturnType<typeof startGuard>;
let supervisor: Supervisor;
let told: string[];

beforeEach(() => {
  folder = temporaryFolder();
  guard = startGuard();
  told = [];
  supervisor = createSupervisor({
    guard,
    logs: openLogs(folder.file('logs')),
    hooks: {
      ended: (name, how) => told.push(`${name} ended (${how})`),
      runsAgain: (name) => told.push(`${name} runs again`),
      changed: () => {},
    },
  });
});
afterEach(async () => {
  await supervisor.stop([[]]);
  await guard.close();
  folder.remove();
});

const shell = (name: string, script: string, more: Partial<Service> = {}): Service => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  env: { PATH: '/usr/bin:/bin' },
  ready: () => Promise.resolve(true),
  ...more,
});
const FOREVER = 'while :; do sleep 60; done';
const pidOf = (name: string) => supervisor.pids()[name]!;
const isGone = (pid: number) => startedAt(pid) === undefined;

describe('a service', () => {
  it('counts as started when it answers, however often it has to be asked', async () => {
    let asked = 0;
    const ready = () => ((asked += 1) < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(true));
    await supervisor.start(shell('api', FOREVER, { ready }));
    expect(asked).toBe(3);
    expect(startedAt(pidOf('api'))).toBeDefined();
  });

  it('that ends before it is ready is a problem that carries its last words', async () => {
    const start = supervisor.start(
      shell('api', 'echo no such table >&2; exit 3', { ready: () => Promise.resolve(false) }),
    );
    await expect(start).rejects.toMatchObject({
      message: 'api did not become ready: exit code 3.',
      log: ['no such table'],
    });
    expect(told).toEqual([]);
  });

  it('that is somebody else’s answer does not count', async () => {
    // Its port was taken: it ends at once, while the other one on that port answers.
    let ended = false;
    const ready = async () => {
      await eventually('it has ended', () => (ended ||= supervisor.pids().api === undefined));
      return true;
    };
    await expect(supervisor.start(shell('api', 'exit 1', { ready }))).rejects.toThrow(/exit code 1/);
  });

  it('that never answers is killed and is a problem', async () => {
    const start = supervisor.start(shell('api', FOREVER, { ready: () => Promise.resolve(false), readyWithinMs: 200 }));
    await expect(start).rejects.toThrow('api did not become ready: no answer in time.');
    expect(supervisor.pids()).toEqual({});
  });

  it('that dies is started again, and both is said', async () => {
    await supervisor.start(shell('worker', FOREVER));
    const first = pidOf('worker');
    process.kill(first, 'SIGKILL');
    await eventually('it runs again', () => told.length === 2);
    expect(told).toEqual(['worker ended (signal SIGKILL)', 'worker runs again']);
    expect(pidOf('worker')).not.toBe(first);
  });

  it('gets the environment it is given and nothing of ours', async () => {
    process.env.HOSTWRIGHT_NOT_FOR_YOU = 'secret';
    await supervisor.run(shell('env', 'env', { env: { PATH: '/usr/bin:/bin', MINE: '1' } }));
    delete process.env.HOSTWRIGHT_NOT_FOR_YOU;
    const printed = readFileSync(folder.file('logs/env.log'), 'utf8');
    expect(printed).toContain('MINE=1');
    expect(printed).not.toContain('HOSTWRIGHT_NOT_FOR_YOU');
  });
});

describe('stopping', () => {
  it('goes rank by rank: the second is asked when the first is gone', async () => {
    for (const name of ['postgres', 'api', 'worker']) {
      const note = `trap 'echo ${name} >> ${folder.file('order')}; exit 0' TERM; echo > ${folder.file(name)}; ${FOREVER} & wait`;
      // Asked to stop any sooner, it would not note it.
      const ready = () => Promise.resolve(existsSync(folder.file(name)));
      await supervisor.start(shell(name, note, { ready }));
    }
    await supervisor.stop([['api'], ['worker'], ['postgres']]);
    expect(readFileSync(folder.file('order'), 'utf8').trim().split('\n')).toEqual(['api', 'worker', 'postgres']);
    expect(told).toEqual([]);
  });

  it('kills what does not stop in its time, and what it had started itself', async () => {
    const deaf = `trap '' TERM; sh -c "trap '' TERM; echo \\$\\$ > ${folder.file('child')}; ${FOREVER}" & ${FOREVER}`;
    const ready = () => eventually('the child runs', () => Number(read('child')) > 0).then(() => true);
    const read = (name: string) => readFileSync(folder.file(name), 'utf8');
    await supervisor.start(shell('api', deaf, { graceMs: 100, ready: () => ready().catch(() => false) }));
    const pids = [pidOf('api'), Number(read('child'))];
    await supervisor.stop([['api']]);
    await eventually('both are gone', () => pids.every(isGone));
  });

  it('in the middle of a start ends the start', async () => {
    const start = supervisor.start(shell('api', FOREVER, { ready: () => Promise.resolve(false) }));
    const ended = expect(start).rejects.toMatchObject({ name: 'Stopping' });
    await eventually('it has begun', () => pidOf('api') > 0);
    await supervisor.stop([['api']]);
    await ended;
    await expect(supervisor.start(shell('worker', FOREVER))).rejects.toMatchObject({ name: 'Stopping' });
  });
});

describe('logs', () => {
  it('keep those of the start before', () => {
    folder.write('logs/api.log', 'yesterday\n');
    const logs = openLogs(folder.file('logs'));
    logs.open('api');
    expect(readFileSync(`${logs.path('api')}.1`, 'utf8')).toBe('yesterday\n');
    expect(logs.tail('api')).toEqual(['']);
  });
});
