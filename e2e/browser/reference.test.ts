import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessibilityFindings } from './axe.ts';
import { openBrowserHarness, type BrowserHarness } from './browser-harness.ts';

const PATH = '/reference';

describe('the reference of the API', () => {
  let harness: BrowserHarness;
  beforeAll(async () => {
    harness = await openBrowserHarness();
  }, 120_000);
  afterAll(() => harness?.close(), 60_000);

  it.each([
    { name: 'in light', dark: false, phone: false },
    { name: 'in dark', dark: true, phone: false },
    { name: 'on a phone', dark: false, phone: true },
    { name: 'on a phone in dark', dark: true, phone: true },
  ])(
    'keeps nobody out, closed and with everything open: $name',
    async (options) => {
      const { page, shot, violations, errors } = await harness.visit(options);
      const foreign: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(harness.product.api)) foreign.push(request.url());
      });
      await page.goto(PATH);
      await page.getByRole('heading', { level: 1, name: 'API reference' }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      await shot('90-reference');
      const described = await page.evaluate<number>(
        `fetch('/openapi.json').then((answer) => answer.json()).then(({ paths, components }) =>
        Object.values(paths).flatMap(Object.keys).length + Object.keys(components.schemas).length)`,
      );
      expect(described).toBeGreaterThan(100);
      expect(await page.locator('details').count()).toBe(described);
      await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
      expect({ violations, errors, foreign }).toEqual({ violations: [], errors: [], foreign: [] });
    },
    120_000,
  );

  it('is gone through with the keyboard: narrowed, opened, and on to a schema', async () => {
    const { page, shot } = await harness.visit();
    await page.goto(PATH);
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('place an order');
    await page.getByText('1 operation', { exact: true }).waitFor();
    const order = page.locator('details#post-api-v2-orders');
    await order.locator('summary').focus();
    await page.keyboard.press('Enter');
    await order.getByText('idempotency-key').waitFor();
    expect(JSON.parse(await order.getByRole('region', { name: /^Example of a body/ }).innerText())).toMatchObject({
      plan: 'starter',
      cycle: 'monthly',
    });
    await shot('91-reference-operation');
    await order.getByRole('link', { name: 'PlaceOrder' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('details#schema-PlaceOrder[open]').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('schema-PlaceOrder');
  }, 60_000);

  it('opens at the operation that a link names', async () => {
    const { page } = await harness.visit();
    await page.goto(`${PATH}#get-api-v2-orders-id`);
    await page.locator('details#get-api-v2-orders-id[open]').waitFor();
    expect(await page.locator('details[open]').count()).toBe(1);
  }, 60_000);

  it('says where staff sign in, where it is for staff only', async () => {
    const { page } = await harness.visit();
    const problem = { code: 'not_signed_in', detail: 'The reference is for staff here.', status: 401 };
    await page.route('**/openapi.json', (route) =>
      route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    );
    await page.goto(PATH);
    await page.getByText('The reference is for staff here.').waitFor();
    await page.getByRole('link', { name: 'Sign in as staff' }).click();
    await page.getByRole('heading', { name: 'Staff sign-in' }).waitFor();
    expect(new URL(page.url()).search).toBe('?next=%2Freference');
    expect(await accessibilityFindings(page)).toEqual([]);
  }, 60_000);
});
