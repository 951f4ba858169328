import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '#cli/root.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { NEEDS, needsOf } from './needs.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const READS_DATABASE = `export const url = process.env.${NEEDS.database};`;

describe('what a test needs', () => {
  it('is what the files it imports ask the environment for', () => {
    folder.write('helper.ts', READS_DATABASE);
    folder.write('between.ts', `export { url } from './helper.ts';`);
    const test = folder.write(
      'a.test.ts',
      `import { it } from '@jest/globals';\nimport {\n  url,\n} from './between.ts';`,
    );
    expect([...needsOf([test])]).toEqual(['database']);
  });

  it('is found through lazy imports too, and not through types', () => {
    folder.write('helper.ts', READS_DATABASE);
    const lazy = folder.write('a.test.ts', `const { url } = await import('./helper.ts');`);
    const types = folder.write('b.test.ts', `import type { url } from './helper.ts';`);
    expect([...needsOf([lazy])]).toEqual(['database']);
    expect([...needsOf([types])]).toEqual([]);
  });

  it('is nothing for a rule', () => {
    expect([...needsOf([`${ROOT}/domain/money.ts`])]).toEqual([]);
  });

  it('is a database for the guards of the schema', () => {
    expect([...needsOf([`${ROOT}/db/guards.test.ts`])]).toEqual(['database']);
  });
});
