import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { openBrowserHarness, type BrowserHarness } from './browser-harness.ts';
import { expectNothingBroken, STRANGER } from './broken.ts';
import { focused } from './visitor.ts';
import { newPerson } from './shopping.ts';
import type { Product } from '../harness/product.ts';

describe('a person with a browser', () => {
  let harness: BrowserHarness;
  let product: Product;
  const ines = newPerson('Ines Moreau');

  beforeAll(async () => {
    harness = await openBrowserHarness();
    product = harness.product;
  }, 120_000);
  afterAll(() => harness?.close(), 60_000);

  it('signs up, pays with Stripe, sees the account come alive, reveals the license and sets the password', async () => {
    const ada = await harness.visit();
    const { page, shop } = ada;
    await page.goto('/');
    await page.getByRole('heading', { level: 2, name: 'Starter' }).waitFor();
    await ada.shot('01-plans');
    await shop.choose('Starter', 'stripe');
    await ada.shot('02-order');
    await shop.signUp(ines);
    await page.getByText('Look into your mailbox').waitFor();
    expect(await focused(page)).toMatch(/^Look into your mailbox/);
    await ada.shot('02-look-into-your-mailbox');
    await page.goto(await harness.accountLink(ines));
    await shop.confirm(ines);
    await page.getByText(`Ordered by ${ines.name}`).waitFor();
    await ada.shot('03-order-signed-in');
    await shop.placeOrder(product.vendors.stripe.url);
    await ada.shot('04-stripe');
    await shop.press(/^Pay EUR/);
    await page.waitForURL(`${product.api}/orders/**`);
    await shop.state('Active');
    await page.getByText('Your account is ready.').waitFor();
    await page.getByText(/^Payment of €29\.00 received/).waitFor();
    const times = await page.getByRole('main').locator('time').allTextContents();
    for (const time of times) expect(time).toMatch(/^\d{1,2} [A-Z][a-z]{2,3} 20\d\d, \d\d:\d\d:\d\d$/);
    expect(times.length).toBeGreaterThan(2);
    const key = await shop.revealLicense();
    expect(await focused(page)).toBe('Hide');
    await ada.shot('05-active');
    const [license] = await product.db.sql<{ key_hint: string }>(`select key_hint from license`);
    expect(license!.key_hint.startsWith(key.slice(0, 5))).toBe(true);
    expect(key).toMatch(/^[A-Z0-9-]{10,}$/);

    await page.goto(await harness.linkInWelcome(ines));
    await page.getByRole('textbox', { name: 'New password' }).fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('New password has at least 12 characters.').waitFor();
    await ada.shot('06-panel-password');
    await page.getByRole('textbox', { name: 'New password' }).fill('nine green kites / up high');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(await focused(page)).toMatch(/^Your password is set/);
    await ada.shot('07-password-set');
  }, 90_000);

  it('signs up first and pays with PayPal, on a phone', async () => {
    const tom = await harness.visit({ phone: true });
    const { page, shop } = tom;
    const person = newPerson('Tom Achterberg');
    await page.goto('/sign-up');
    await shop.signUp(person);
    await page.goto(await harness.accountLink(person));
    await shop.confirm(person);
    await page.getByText('You have not ordered anything yet.').waitFor();
    await tom.shot('10-no-orders');
    await shop.choose('Professional', 'paypal');
    await tom.shot('11-order');
    await shop.placeOrder(product.vendors.paypal.url);
    await tom.shot('12-paypal');
    await shop.press('Pay now');
    await page.waitForURL(`${product.api}/orders/**`);
    await shop.state('Active');
    await shop.revealLicense();
    await tom.shot('13-active');
    await page.goto(await harness.linkInWelcome(person));
    await page.getByRole('textbox', { name: 'New password' }).fill('nine green kites / up high');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    await page.goto('/orders');
    await page.getByRole('link', { name: /^O-/ }).waitFor();
    await tom.shot('14-orders');
    await page.goto('/');
    await page.getByRole('link', { name: 'Order Starter' }).waitFor();
    await tom.shot('15-plans');
  }, 90_000);

  it('signs in on the way; the card is declined at Stripe, then pays', async () => {
    const { page, shop, shot } = await harness.visit();
    await shop.choose('Starter', 'stripe');
    await page.getByRole('tab', { name: 'I have an account' }).click();
    await shop.signIn(ines);
    await page.getByText(`Ordered by ${ines.name}`).waitFor();
    expect(await focused(page)).toBe('Place your order');
    await shop.placeOrder(product.vendors.stripe.url);
    await shop.press('Decline');
    await page.getByRole('alert').waitFor();
    await shot('20-declined-at-stripe');
    await shop.press(/^Pay EUR/);
    await shop.state('Active');
  }, 60_000);

  it('is declined at PayPal, then pays', async () => {
    const { page, shop, shot } = await harness.atGateway(ines, 'paypal');
    await shop.press('Pay with a method that is declined');
    await page.waitForURL(`${product.api}/orders/**`);
    await page
      .getByText(/^Payment declined/)
      .first()
      .waitFor();
    await shot('30-declined-at-paypal');
    await page.getByRole('link', { name: 'Pay €29.00 at PayPal' }).click();
    await shop.press('Pay now');
    await shop.state('Active');
  }, 60_000);

  it.each([
    { gateway: 'stripe', cancel: 'Cancel', pay: /^Pay EUR/, link: 'Pay €29.00 at Stripe' },
    { gateway: 'paypal', cancel: 'Cancel and return to the shop', pay: 'Pay now', link: 'Pay €29.00 at PayPal' },
  ] as const)(
    'cancels at $gateway, comes back later and pays; without event streams the page asks by itself',
    async ({ gateway, cancel, pay, link }) => {
      const visitor = await harness.atGateway(ines, gateway);
      const { page, shop, shot } = visitor;
      await page.route('**/api/v2/orders/*/events', (route) => route.fulfill({ status: 502, body: '' }));
      await shop.press(cancel);
      await page.getByText('You came back without paying. Nothing was charged, and your order is kept.').waitFor();
      await shot(`40-canceled-at-${gateway}`);
      const order = new URL(page.url()).pathname;
      await page.goto('/orders');
      await page.locator(`a[href="${order}"]`).click();
      await page.getByRole('link', { name: link }).click();
      await shop.press(pay);
      await page.waitForURL(`${product.api}${order}**`);
      await shop.state('Active');
      expect(new Set(visitor.refusals.splice(0))).toEqual(new Set([STRANGER, `502 GET /api/v2${order}/events`]));
    },
    60_000,
  );

  it('pays with 3-D Secure', async () => {
    const { page, shop, shot } = await harness.atGateway(ines, 'stripe');
    await shop.press('Pay with 3-D Secure');
    await shop.press('Approve');
    await shop.state('Active');
    await page.goto('/orders');
    await page.getByRole('link', { name: /^O-/ }).first().waitFor();
    await shot('50-orders');
  }, 60_000);

  it('is offered the ways to pay that take the price, and told where none does', async () => {
    const { page, shot } = await harness.visit();
    for (const [currency, minor] of [
      ['CHF', 29],
      ['HUF', 50],
    ]) {
      await product.db.sql(
        `insert into plan_price (id, plan_id, cycle, currency, amount_minor, created_at) select $1, id, 'monthly', $2, $3, now() from plan where code = 'enterprise'`,
        [newId(), currency, minor],
      );
    }
    await page.goto('/order/enterprise?currency=EUR&gateway=stripe');
    await page.getByRole('radio', { name: /^Card/, checked: true }).waitFor();
    await page.getByText('CHF', { exact: true }).click();
    await page.getByRole('radio', { name: /^PayPal/, checked: true }).waitFor();
    expect(await page.getByRole('radio', { name: /^Card/ }).count()).toBe(0);
    await shot('53-paypal-alone');
    await page.getByText('HUF', { exact: true }).click();
    await page.getByText(/is less than any way to pay takes\. Choose another billing, currency or plan\.$/).waitFor();
    expect(await page.getByRole('radio', { name: /^(Card|PayPal)/ }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Who is ordering?' }).count()).toBe(0);
    await shot('54-no-way-to-pay');
    await product.db.sql(`update plan_price set active = false where currency in ('CHF', 'HUF')`);
  }, 60_000);

  it('reads that a plan is sold out, instead of paying for what no node can take', async () => {
    const visitor = await harness.visit();
    const { page, shop, shot } = visitor;
    await page.goto('/sign-in');
    await shop.signIn(ines);
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    await shop.choose('Enterprise', 'stripe');
    await product.db.sql(`update plan set when_full = 'refuse' where code = 'enterprise'`);
    await product.db.sql('update node set draining = true');
    await page.getByRole('button', { name: /^Place order and pay/ }).click();
    await page.getByText('None of our servers has room for Enterprise now.').waitFor();
    expect(await page.getByRole('button', { name: /^Place order/ }).count()).toBe(0);
    await shot('51-sold-out');
    await page.getByRole('link', { name: 'another plan' }).click();
    const enterprise = page.getByRole('region', { name: 'Enterprise' });
    await enterprise.getByText('Sold out', { exact: true }).waitFor();
    expect(await enterprise.getByRole('link').count()).toBe(0);
    await page.getByRole('link', { name: 'Order Starter' }).waitFor();
    await shot('52-plans-sold-out');
    expect(visitor.refusals.splice(0)).toEqual([STRANGER, '409 POST /api/v2/orders']);
    await product.db.sql(`update plan set when_full = 'wait' where code = 'enterprise'`);
    await product.db.sql('update node set draining = false');
  }, 60_000);

  it('is told in plain words what is wrong, with the id of the request', async () => {
    const visitor = await harness.visit();
    const { page, shop, shot } = visitor;
    await page.goto('/sign-in');
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('E-mail is needed.').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('email');
    await shop.signIn({ ...ines, password: 'not this one' });
    await page.getByText(/^Request [0-9a-f-]{36}$/).waitFor();
    await shot('70-wrong-password');
    await page.goto('/sign-up');
    await shop.signUp({ ...newPerson('Lea'), password: 'password' });
    await page
      .getByText(/one of the most used passwords/)
      .first()
      .waitFor();
    await shot('71-weak-password');
    await page.goto('/orders/0199aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto('/nowhere');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await page.goto('/panel-password/0123456789012345678901234567890123456789012');
    await page.getByText('This link is not good any more').waitFor();
    await shot('72-used-link');
    expect(new Set(visitor.refusals.splice(0))).toEqual(
      new Set([STRANGER, '401 POST /api/v2/sign-in', '422 POST /api/v2/sign-up', '404 GET /nowhere']),
    );
  }, 60_000);

  it('goes with the keyboard alone, in the dark, and fits on a narrow phone', async () => {
    const { page, shop, shot } = await harness.visit({ phone: true, dark: true });
    await page.setViewportSize({ width: 320, height: 640 });
    const fits = async () =>
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.goto('/');
    await page.getByRole('heading', { level: 2, name: 'Enterprise' }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe('dark');
    await fits();
    await shot('80-plans');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.getByRole('link', { name: 'Order Starter' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Order Starter' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    expect(await page.title()).toBe('Order Starter · Hostwright');
    await page.getByRole('radio', { name: /^Monthly/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('radio', { name: /^Yearly/, checked: true }).waitFor();
    await fits();
    await shot('81-order');
    await page.goto('/sign-in?next=/orders');
    await page.getByRole('textbox', { name: 'E-mail' }).fill(ines.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(ines.password);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: /^O-/ }).first().waitFor();
    await fits();
    await shot('82-orders');
    await page.getByRole('link', { name: /^O-/ }).first().click();
    await shop.state('Active');
    await fits();
    await shot('83-order');
  }, 60_000);

  it('AUTH-10 WEB-07: is asked to sign in when the session has ended, and comes back to the page', async () => {
    const visitor = await harness.visit();
    const { page, shop, context } = visitor;
    await page.goto('/sign-in?next=//evil.example/orders');
    await shop.signIn(ines);
    await page.waitForURL(`${product.api}/orders`);
    const cookies = await context.cookies();
    expect(
      cookies.map(({ name, secure, httpOnly, sameSite, path }) => ({ name, secure, httpOnly, sameSite, path })),
    ).toEqual(
      expect.arrayContaining([{ name: '__Host-sid', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' }]),
    );
    expect(cookies.filter(({ httpOnly, sameSite }) => !httpOnly || sameSite !== 'Lax')).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.getByRole('link', { name: /^O-/ }).first().waitFor();
    await product.db.sql(`delete from session`);
    await page.getByRole('link', { name: /^O-/ }).first().click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await shop.signIn(ines);
    await page.getByRole('heading', { name: /^Order O-/ }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Web hosting, ready in a minute' }).waitFor();
    await page.goto('/orders');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(visitor.refusals.splice(0).filter((refusal) => !refusal.startsWith('401 '))).toEqual([]);
  }, 60_000);

  it('AUTH-09 WEB-03 WEB-09: has broken no content policy, met no error, and keeps nothing in the browser', async () => {
    expect(harness.visitors.length).toBeGreaterThan(7);
    await expectNothingBroken(harness);
  });
});
