import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { draftOf, finishSwap, swapIn } from './swap.ts';

const AT = new Date('2031-11-21T10:00:00Z');
const KEPT = 'before-restore-20311121T100000Z';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const put = (place: string, what: string) => folder.write(`${place}/which`, what);
const which = (place: string) => readFileSync(folder.file(`${place}/which`), 'utf8');
const names = () => readdirSync(folder.path).toSorted();

function installed() {
  for (const name of ['postgres', 'temporal']) put(name, `old ${name}`);
  for (const name of ['postgres', 'temporal']) put(`restore.new/${name}`, `new ${name}`);
  folder.write('secrets.json', '{}');
}

function expectNew() {
  expect(names()).toEqual([KEPT, 'postgres', 'secrets.json', 'temporal']);
  for (const name of ['postgres', 'temporal']) {
    expect(which(name)).toBe(`new ${name}`);
    expect(which(`${KEPT}/${name}`)).toBe(`old ${name}`);
  }
}

describe('what was restored takes the place of the data', () => {
  it('whole, and what was there is kept', () => {
    installed();
    expect(swapIn(folder.path, 'one', AT)).toBe(folder.file(KEPT));
    expectNew();
    expect(finishSwap(folder.path)).toBeUndefined();
  });

  it('also where nothing was before', () => {
    put('restore.new/postgres', 'new postgres');
    swapIn(folder.path, 'one', AT);
    expect(names()).toEqual(['postgres']);
  });

  it('interrupted before all of it lay ready, leaves the data as they were', () => {
    installed();
    expect(finishSwap(folder.path)).toBeUndefined();
    expect(names()).toEqual(['postgres', 'secrets.json', 'temporal']);
    expect(which('postgres')).toBe('old postgres');
    expect(draftOf(folder.path)).toBe(folder.file('restore.new'));
  });

  it('interrupted after any of its steps, is completed by whoever comes next', () => {
    for (let steps = 0; steps <= 4; steps += 1) {
      folder.remove();
      mkdirSync(folder.path);
      installed();
      writeFileSync(folder.file('restore.json'), JSON.stringify({ id: 'one', kept: KEPT }));
      mkdirSync(folder.file(KEPT));
      const moves = ['postgres', 'temporal'].flatMap((name) => [
        [name, join(KEPT, name)],
        [join('restore.new', name), name],
      ]);
      for (const [from, to] of moves.slice(0, steps)) renameSync(folder.file(from!), folder.file(to!));
      expect(finishSwap(folder.path)).toEqual({ id: 'one', kept: folder.file(KEPT) });
      expectNew();
    }
  });
});
