import { expect } from '@jest/globals';
import type { BrowserHarness } from './browser-harness.ts';

/** What a stranger's browser is told when it asks who is there; everything else that is refused is a mistake. */
export const STRANGER = '401 GET /api/v2/me';

/** Of all who visited our pages so far, and are on one still (AUTH-09, WEB-03, WEB-09). */
export async function expectNothingBroken({ visitors, product }: BrowserHarness): Promise<void> {
  for (const { page, violations, errors, refusals, cardFields } of visitors) {
    expect({ violations, errors }).toEqual({ violations: [], errors: [] });
    expect(refusals.filter((refusal) => refusal !== STRANGER)).toEqual([]);
    expect(new URL(page.url()).origin).toBe(product.api);
    expect(await page.evaluate('[...Object.keys(localStorage), ...Object.keys(sessionStorage)]')).toEqual([]);
    expect(await cardFields()).toBe(0);
  }
}
