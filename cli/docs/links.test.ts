import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../root.ts';

const OTHERS = new Set(['node_modules', '.git', '.data', 'dist', 'coverage']);

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return OTHERS.has(entry.name) ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = pagesIn(ROOT);
/** What stands in code is shown, not linked. */
const prose = (page: string) => readFileSync(page, 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');

/** As pages are shown: lower case, no signs, dashes for spaces. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
const anchorsOf = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

/** The links of a page that lead nowhere. */
function brokenIn(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path, anchor] = target.split('#') as [string, string?];
      const file = path === '' ? page : resolve(dirname(page), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && (statSync(file).isDirectory() || !anchorsOf(file).includes(anchor));
    });
}

describe('the pages of the project', () => {
  it('are there', () => {
    expect(pages.map((page) => relative(ROOT, page))).toEqual(
      expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/configuration.md', 'db/README.md']),
    );
  });

  it.each(pages.map((page) => relative(ROOT, page)))('%s links to what is there', (page) => {
    expect(brokenIn(join(ROOT, page))).toEqual([]);
  });

  it.each(['activities', 'api', 'bench', 'cli', 'db', 'domain', 'e2e', 'temporal-config', 'ui', 'worker', 'workflows'])(
    '%s says on one screen what it is',
    (room) => {
      const lines = readFileSync(join(ROOT, room, 'README.md'), 'utf8').split('\n');
      expect(lines[0]).toMatch(/^# /);
      expect(lines.length).toBeLessThanOrEqual(60);
    },
  );
});
