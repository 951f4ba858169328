import { existsSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { install, isInstalled } from './install.mjs';
import { temporaryFolder } from './testing/folder.ts';

type Packages = Record<string, { version?: string; optional?: boolean }>;
const LOCKED: Packages = {
  '': {},
  'node_modules/node': { version: '24.21.0' },
  'node_modules/left': { version: '1.0.0' },
  'node_modules/left-for-macs': { version: '1.0.0', optional: true },
};
const INSTALLED: Packages = { 'node_modules/node': { version: '24.21.0' }, 'node_modules/left': { version: '1.0.0' } };

let folder: ReturnType<typeof temporaryFolder>;
let npm: string[];
let said: string[];

beforeEach(() => {
  folder = temporaryFolder();
  npm = [];
  said = [];
  folder.write('package.json', JSON.stringify({ allowScripts: { node: true, left: false, absent: true } }));
  lock(LOCKED);
});
afterEach(() => folder.remove());

const lock = (packages: Packages) => folder.write('package-lock.json', JSON.stringify({ packages }));
const record = (packages: Packages) => folder.write('node_modules/.package-lock.json', JSON.stringify({ packages }));

/** Stands in for npm: does what `npm ci` and `npm rebuild` leave behind. */
function pretend(_root: string, args: string[]): Promise<void> {
  npm.push(args.join(' '));
  if (args[0] === 'ci') {
    rmSync(folder.file('node_modules'), { recursive: true, force: true });
    folder.write('node_modules/node/package.json', '{}');
    record(INSTALLED);
  } else folder.write('node_modules/node/bin/node', '');
  return Promise.resolve();
}
const run = () => install(folder.path, (line) => said.push(line), pretend);

describe('installing', () => {
  it('OPS-03: takes the lockfile, and runs install scripts only of the packages that are listed and there', async () => {
    expect(await run()).toBe(folder.file('node_modules/node/bin/node'));
    expect(npm).toEqual([
      'ci --ignore-scripts --no-audit --no-fund --loglevel=notice',
      'rebuild --ignore-scripts=false node',
    ]);
    expect(said[0]).toMatch(/^Installing .* usually .* minute/);
  });

  it('happens once: the next start finds everything as the lockfile wants it', async () => {
    await run();
    await run();
    expect(npm).toHaveLength(2);
  });

  it('happens again when the lockfile changes', async () => {
    await run();
    lock({ ...LOCKED, 'node_modules/left': { version: '2.0.0' } });
    expect(isInstalled(folder.path)).toBe(false);
    await run();
    expect(npm).toHaveLength(4);
  });

  it('happens again after one that was interrupted', async () => {
    await expect(
      install(
        folder.path,
        () => {},
        (root, args) => (args[0] === 'ci' ? pretend(root, args) : Promise.reject(new Error('killed'))),
      ),
    ).rejects.toThrow('killed');
    folder.write('node_modules/node/bin/node', '');
    expect(isInstalled(folder.path)).toBe(false);
    await run();
    expect(isInstalled(folder.path)).toBe(true);
  });

  it('does not happen where someone ran npm by hand and it fits, other systems’ packages aside', () => {
    folder.write('node_modules/node/bin/node', '');
    record(INSTALLED);
    expect(isInstalled(folder.path)).toBe(true);
  });

  it('happens where a package is missing or has another version', () => {
    folder.write('node_modules/node/bin/node', '');
    record({ ...INSTALLED, 'node_modules/left': { version: '1.0.1' } });
    expect(isInstalled(folder.path)).toBe(false);
    record({ 'node_modules/node': { version: '24.21.0' } });
    expect(isInstalled(folder.path)).toBe(false);
  });

  it('that leaves no Node 24 behind says so, and is tried again', async () => {
    const without = async (root: string, args: string[]) => {
      await pretend(root, args);
      rmSync(folder.file('node_modules/node/bin'), { recursive: true, force: true });
    };
    await expect(install(folder.path, () => {}, without)).rejects.toThrow(/not node_modules\/node\/bin\/node/);
    expect(existsSync(folder.file('.data/install.lock'))).toBe(false);
    expect(isInstalled(folder.path)).toBe(false);
  });
});
