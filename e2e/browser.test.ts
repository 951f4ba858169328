import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser/browser.ts';
import { builtPages } from './browser/pages.ts';
import { addStaff } from './browser/people.ts';
import { newPerson, shoppingOn, type Person, type Shopping } from './browser/shopping.ts';
import { visitorOf, type Visitor } from './browser/visitor.ts';
import { openStage, until, type Stage } from './stage/stage.ts';

/** What a stranger's browser is told when it asks who is there; everything else that is refused is a mistake. */
const STRANGER = '401 GET /api/v1/me';

describe('a person with a browser', () => {
  let stage: Stage;
  let browser: Browser;
  const visitors: Visitor[] = [];
  const ines = newPerson('Ines Moreau');

  beforeAll(async () => {
    const [folder, opened] = [await builtPages(), await openStage('browser')];
    stage = opened;
    Object.assign(stage.environment, { UI_DIR: folder, TEMPORAL_UI_URL: 'http://localhost:8233' });
    await Promise.all([stage.startApi(), stage.startWorker()]);
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  }, 60_000);

  const visit = async (options?: { phone?: boolean }): Promise<Visitor & { shop: Shopping }> => {
    const visitor = await visitorOf(browser, stage.api, options);
    visitors.push(visitor);
    return { ...visitor, shop: shoppingOn(visitor.page) };
  };
  const signIn = async ({ page }: Visitor, { email, password }: Person, path = '/sign-in') => {
    await page.goto(path);
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  };
  /** Opens the link in the welcome mail, as if clicked there. */
  const linkInWelcome = async ({ email }: Person): Promise<string> => {
    const mail = await until(async () =>
      (await stage.vendors.mails(email)).find(({ text }) => text.includes('/panel-password/')),
    );
    return /https?:\S+\/panel-password\/\S+/.exec(mail.text)![0];
  };

  it('signs up, pays with Stripe, sees the account come alive, reveals the license and sets the password', async () => {
    const ada = await visit();
    const { page, shop } = ada;
    await page.goto('/');
    await page.getByRole('heading', { level: 2, name: 'Starter' }).waitFor();
    await ada.shot('01-plans');
    await shop.choose('Starter', 'stripe');
    await ada.shot('02-order');
    await shop.signUp(ines);
    await page.getByText(`Ordered by ${ines.name}`).waitFor();
    await ada.shot('03-order-signed-in');
    await shop.placeOrder(stage.vendors.stripe.url);
    await ada.shot('04-stripe');
    await shop.press(/^Pay €?/);
    await page.waitForURL(`${stage.api}/orders/**`);
    await shop.state('Active');
    await page.getByText('Your account is ready.').waitFor();
    const key = await shop.revealLicense();
    await ada.shot('05-active');
    const [license] = await stage.db.sql<{ key_hint: string }>(`select key_hint from license`);
    expect(license!.key_hint.startsWith(key.slice(0, 5))).toBe(true);
    expect(key).toMatch(/^[A-Z0-9-]{10,}$/);

    await page.goto(await linkInWelcome(ines));
    await page.getByRole('textbox', { name: 'New password' }).fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('New password has at least 12 characters.').waitFor();
    await ada.shot('06-panel-password');
    await page.getByRole('textbox', { name: 'New password' }).fill('nine green kites / up high');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    await ada.shot('07-password-set');
  }, 90_000);
});
