import { chmodSync, mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { mayEnter } from './postgres-user.ts';

/** Only root may try things as somebody else, and to root itself no folder is closed. */
const isRoot = process.getuid?.() === 0;
const other = { uid: 65_534, gid: 65_534 };

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  mkdirSync(folder.file('data'));
});
afterEach(() => folder.remove());

describe('whether another user may enter the folder of the data', () => {
  if (isRoot)
    it.each([
      ['0700, as root makes it under umask 077', 0o700, false],
      ['0744, to be listed and not entered', 0o744, false],
      ['0711, to be entered and not listed', 0o711, true],
      ['0755, open', 0o755, true],
    ])('%s', (_, mode, expected) => {
      chmodSync(folder.file('data'), mode);
      expect(mayEnter(folder.file('data'), other)).toBe(expected);
    });

  if (isRoot)
    it('not where a folder above is closed', () => {
      chmodSync(folder.file('data'), 0o755);
      chmodSync(folder.path, 0o700);
      expect(mayEnter(folder.file('data'), other)).toBe(false);
    });

  it('a folder that is not there cannot be entered by anybody', () => {
    expect(mayEnter(folder.file('gone'), {})).toBe(false);
  });
});
