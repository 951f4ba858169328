import { describe, expect, it } from '@jest/globals';
import { takeLock } from '#cli/pid-lock.mjs';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { start } from './start.ts';

describe('two starts at once', () => {
  it('the second says who runs, and where, and ends', async () => {
    const folder = temporaryFolder();
    takeLock(folder.file('start.lock'));
    folder.write('running.json', JSON.stringify({ addresses: { portal: 'http://localhost:3000/' } }));
    const printed: string[] = [];
    const { write } = process.stdout;
    process.stdout.write = (text) => printed.push(String(text)) > 0;
    try {
      expect(await start({ data: folder.path, env: {} })).toBe(1);
    } finally {
      process.stdout.write = write;
      folder.remove();
    }
    expect(printed.join('')).toMatch(
      new RegExp(
        `^Hostwright already runs here as process ${process.pid}; this second start ends\\.\n  portal +http://localhost:3000/\n$`,
      ),
    );
  });
});
