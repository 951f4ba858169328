import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { staffOf } from '../harness/staff.ts';
import { openBrowserHarness, type BrowserHarness } from './browser-harness.ts';

/** Of every simulated panel that a test starts; `npm start` makes a password and prints it. */
const ADMINISTRATOR = { username: 'admin', password: 'simulated' };

describe('the simulated panel in a browser', () => {
  let harness: BrowserHarness;

  beforeAll(async () => {
    harness = await openBrowserHarness();
  }, 120_000);
  afterAll(() => harness?.close(), 60_000);

  /** Signs in where the browser is: on the panel's page. */
  const signIn = async (page: Awaited<ReturnType<BrowserHarness['visit']>>['page'], who: typeof ADMINISTRATOR) => {
    await page.getByLabel('User name').fill(who.username);
    await page.getByLabel('Password').fill(who.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  it('lets its administrator make an API key, with which a node takes orders', async () => {
    const { product } = harness;
    const { page, shot } = await harness.visit();
    await page.goto(product.vendors.panel.url);
    await signIn(page, { ...ADMINISTRATOR, password: 'wrong' });
    await page.getByText('Incorrect username or password').waitFor();
    await signIn(page, ADMINISTRATOR);
    await page.getByRole('button', { name: 'Make key' }).click();
    await page.getByText('Its secret is shown this once').waitFor();
    await shot('60-panel-key');
    const [key, secret] = [await page.locator('#key-id').innerText(), await page.locator('#key-secret').innerText()];
    const staff = await staffOf(product);
    const added = await staff.call('POST', '/nodes', {
      name: 'ams-2',
      base_url: product.vendors.panel.url,
      api_key: key,
      api_secret: secret,
      capacity: 5,
      packages: { starter: '1' },
    });
    expect(added).toMatchObject({ status: 201, body: { node: { takes_orders: true }, check: { ok: true } } });
    expect(await page.getByRole('cell', { name: key, exact: true }).count()).toBe(1);
  }, 60_000);
});
