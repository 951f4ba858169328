import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong on a page as it is shown now, of every level: "serious color-contrast: .badge". */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  // By the debugger, which the content policy of the page does not hold.
  await page.evaluate(AXE);
  return page.evaluate<string[]>(
    `axe.run(document).then(({ violations }) => violations.flatMap(({ impact, id, nodes }) =>
      nodes.map(({ target }) => impact + ' ' + id + ': ' + target.join(' '))))`,
  );
}
