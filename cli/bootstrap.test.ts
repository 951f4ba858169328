import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startedAt } from './pid.mjs';
import { ROOT } from './root.ts';
import { eventually } from './testing/eventually.ts';

const BOOTSTRAP = `${ROOT}/cli/bootstrap.mjs`;
/** The Node of the person, not the one jest runs in; its options are not for this. */
const env = { PATH: process.env.PATH, HOME: process.env.HOME };

/** Accepts connections and never says a word: whoever asks it waits. */
let silent: Server;
beforeEach(async () => {
  silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  silent.close();
});

/** A command that goes on until something happens to it. */
async function waiting() {
  const { port } = silent.address() as AddressInfo;
  const bootstrap = spawn(process.execPath, [BOOTSTRAP, 'namespace'], {
    env: { ...env, TEMPORAL_ADDRESS: `127.0.0.1:${port}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  bootstrap.stderr.on('data', (data: Buffer) => (said += String(data)));
  const ended = once(bootstrap, 'exit') as Promise<[number | null, string | null]>;
  await once(silent, 'connection');
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(bootstrap.pid)], { encoding: 'utf8' });
  return { bootstrap, command: Number(stdout), ended, said: () => said };
}

describe('the bootstrap', () => {
  it('runs the command in the pinned Node 24 and ends as it ended', () => {
    const good = spawnSync(process.execPath, [BOOTSTRAP, '--version'], { env, encoding: 'utf8' });
    expect([good.status, good.stdout]).toEqual([0, '0.1.0\n']);
    const bad = spawnSync(process.execPath, [BOOTSTRAP, 'test', 'nowhere'], { env, encoding: 'utf8' });
    expect(bad.status).toBe(1);
    expect(bad.stderr).toMatch(/There is no part of the tests called nowhere\.\n\nWays out:/);
  });

  it('notices that the command was killed, and says so', async () => {
    const { command, ended, said } = await waiting();
    process.kill(command, 'SIGKILL');
    expect(await ended).toEqual([137, null]);
    expect(said()).toContain('ended from outside by signal SIGKILL');
  });

  it('passes on that it shall stop', async () => {
    const { bootstrap, command, ended } = await waiting();
    bootstrap.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
    expect(startedAt(command)).toBeUndefined();
  });
});

describe('npm', () => {
  it('may be killed: then the command ends too', async () => {
    const { port } = silent.address() as AddressInfo;
    const npm = spawn('npm', ['run', '--silent', 'hostwright', '--', 'namespace'], {
      cwd: ROOT,
      env: { ...env, TEMPORAL_ADDRESS: `127.0.0.1:${port}` },
      stdio: 'ignore',
    });
    await once(silent, 'connection');
    const { stdout } = spawnSync('pgrep', ['-f', `${ROOT}/cli/main.ts namespace`], { encoding: 'utf8' });
    const commands = stdout.split('\n').filter(Boolean).map(Number);
    expect(commands).not.toEqual([]);
    npm.kill('SIGKILL');
    await eventually('the command is gone', () => commands.every((pid) => startedAt(pid) === undefined), 5_000);
  });
});
