import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { CLI_VERSION } from './cli-version.ts';
import { cachedBinary, obtainTemporal } from './obtain.ts';
import type { RunCommand } from './run.ts';

const says = (version: string) => `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`;
/** Answers for its version, and builds what it is told to: a program that says its own. */
const GO = `#!/bin/sh
case "$1" in env) echo go1.26.8; exit;; esac
while [ "$1" != -o ]; do shift; done
printf '${says(CLI_VERSION).replaceAll('\n', '\\n')}' > "$2"
`;

let folder: ReturnType<typeof temporaryFolder>;
let env: Record<string, string>;
let notes: string[];
let downloads: number;
let commands: string[][];

beforeEach(() => {
  folder = temporaryFolder();
  notes = [];
  downloads = 0;
  commands = [];
  env = {
    PATH: `${folder.file('bin')}:/usr/bin:/bin`,
    HOME: folder.file('home'),
    XDG_CACHE_HOME: folder.file('cache'),
  };
});
afterEach(() => folder.remove());

const unreachable = () => {
  downloads += 1;
  return Promise.reject(new Error('temporal.download is out of reach (ENOTFOUND)'));
};
const delivers = (version: string) => async (place: string) => {
  downloads += 1;
  folder.write(place.slice(folder.path.length + 1), says(version));
  return Promise.resolve();
};
const run: RunCommand = async ({ command, args, env: environment, cwd }) => {
  commands.push([command, ...args]);
  const child = spawn(command, args, { env: environment, cwd, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${command} ended with exit code ${code}`);
};
const obtain = (download: (place: string) => Promise<void> = unreachable) =>
  obtainTemporal({ env, note: (text) => notes.push(text), run, download });

describe('the Temporal CLI is taken from the first place that has it', () => {
  it('the PATH, when it is at least the pinned version', async () => {
    const path = folder.write('bin/temporal', says('1.10.0'), 0o755);
    expect(await obtain()).toEqual({ path, source: 'PATH' });
    expect(downloads).toBe(0);
  });

  it('not the PATH, when that one is older; then the cache', async () => {
    folder.write('bin/temporal', says('1.8.2'), 0o755);
    const path = folder.write(`cache/hostwright/temporal/${CLI_VERSION}/temporal`, says(CLI_VERSION), 0o755);
    expect(await obtain()).toEqual({ path, source: 'cache' });
    expect(downloads).toBe(0);
  });

  it('the download, which is then in the cache', async () => {
    expect(await obtain(delivers(CLI_VERSION))).toEqual({ path: cachedBinary(env), source: 'download' });
    expect(await obtain(delivers(CLI_VERSION))).toEqual({ path: cachedBinary(env), source: 'cache' });
    expect(downloads).toBe(1);
  });

  it('a build with Go, when the download is out of reach; it says how long that takes', async () => {
    folder.write('bin/go', GO, 0o755);
    expect(await obtain()).toEqual({ path: cachedBinary(env), source: 'build' });
    expect(commands[0]).toEqual(expect.arrayContaining(['go', 'build', '-mod=readonly', '-trimpath']));
    expect(notes.join()).toMatch(/building Temporal CLI .* with go1\.26\.8, usually 4 minutes/);
  });

  it('without XDG_CACHE_HOME the cache is ~/.cache', () => {
    expect(cachedBinary({ HOME: '/home/ada' })).toBe(`/home/ada/.cache/hostwright/temporal/${CLI_VERSION}/temporal`);
  });
});

describe('what comes is not trusted', () => {
  it('a download of another version is left, and Go builds the right one', async () => {
    folder.write('bin/go', GO, 0o755);
    expect((await obtain(delivers('1.7.0'))).source).toBe('build');
  });

  it('nothing half stays behind, neither of a failed download nor of a failed build', async () => {
    folder.write('bin/go', '#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 || exit 2\n', 0o755);
    await expect(obtain()).rejects.toThrow();
    expect(readdirSync(dirname(cachedBinary(env)))).toEqual([]);
  });
});

describe('two starts at once', () => {
  it('build once: the second waits and takes what the first built', async () => {
    folder.write('bin/go', GO, 0o755);
    const sources = await Promise.all([obtain(), obtain()]);
    expect(sources.map(({ source }) => source).sort()).toEqual(['build', 'cache']);
    expect(commands).toHaveLength(1);
  });
});

describe('without any', () => {
  it('one error says what was tried, in order, and the three ways out', async () => {
    folder.write('bin/temporal', says('1.8.2'), 0o755);
    env.PATH = folder.file('bin');
    const problem = (await obtain().catch((error: unknown) => error)) as { tried: string[]; waysOut: string[] };
    expect(problem.tried.map((line) => line.replaceAll(folder.path, ''))).toEqual([
      `/bin/temporal on the PATH: version 1.8.2, needed is ${CLI_VERSION}`,
      `our cache: nothing at /cache/hostwright/temporal/${CLI_VERSION}/temporal`,
      'the download: temporal.download is out of reach (ENOTFOUND)',
      'a build with Go: no `go` on the PATH',
    ]);
    expect(problem.waysOut).toHaveLength(3);
    expect(problem.waysOut.join()).toMatch(/PATH.*Go.*TEMPORAL_ADDRESS/s);
  });
});

describe('the pinned version', () => {
  it('is the one that the Go module names, and every part of that module has its checksum', () => {
    const read = (name: string) => readFileSync(new URL(`cli/${name}`, import.meta.url), 'utf8');
    expect(read('go.mod')).toContain(`github.com/temporalio/cli v${CLI_VERSION}`);
    expect(read('go.sum')).toContain(`github.com/temporalio/cli v${CLI_VERSION} h1:`);
    expect(existsSync(new URL('cli/go.sum', import.meta.url))).toBe(true);
  });
});
