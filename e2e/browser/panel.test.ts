import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { staffOf } from '../harness/staff.ts';
import { openBrowserHarness, type BrowserHarness } from './browser-harness.ts';
import { addStaff } from './people.ts';
import { newPerson } from './shopping.ts';

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

  it('is a button away from the order, for the customer and for staff, and never at the address that we call', async () => {
    const { product } = harness;
    const called = product.vendors.panel.url;
    const shown = called.replace('127.0.0.1', 'localhost');
    const ines = newPerson('Ines Moreau');
    const { page, shop, shot } = await harness.visit();
    await shop.choose('Starter', 'stripe');
    await shop.signUp(ines);
    await page.getByText('Look into your mailbox').waitFor();
    await page.goto(await harness.accountLink(ines));
    await shop.confirm(ines);
    await page.getByText(`Ordered by ${ines.name}`).waitFor();
    await shop.placeOrder(product.vendors.stripe.url);
    expect(await page.getByRole('link', { name: 'Open the panel' }).count()).toBe(0);
    await shop.press(/^Pay EUR/);
    await page.waitForURL(`${product.api}/orders/**`);
    await shop.state('Active');
    const order = new URL(page.url()).pathname;
    const button = page.getByRole('link', { name: 'Open the panel' });
    expect(await button.getAttribute('href')).toBe(shown);
    expect(await page.content()).not.toContain(new URL(called).host);
    await shot('61-order-with-panel');

    await page.goto(await harness.linkInWelcome(ines));
    const password = 'nine green kites / up high';
    await page.getByRole('textbox', { name: 'New password' }).fill(password);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    // The page after the password leads there as well.
    await button.click();
    await page.waitForURL(`${shown}/`);
    const [service] = await product.db.sql<{ username: string }>(`select username from service`);
    await signIn(page, { username: service!.username, password });
    await page.getByText(`Signed in as ${service!.username}`).waitFor();
    await shot('62-on-the-panel');

    const staff = await harness.visit();
    await staff.page.goto('/staff');
    await staff.shop.signIn(await addStaff(product));
    await staff.page.getByRole('button', { name: 'Not now, this once' }).click();
    await staff.page.getByRole('heading', { level: 1, name: 'Security' }).waitFor({ state: 'detached' });
    await staff.page.goto(order);
    expect(await staff.page.getByRole('link', { name: 'Open the panel' }).getAttribute('href')).toBe(shown);
    for (const { violations, errors } of harness.visitors) expect([violations, errors]).toEqual([[], []]);
  }, 90_000);
});
