import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { newId } from '#domain/ids.ts';
import { until } from '../harness/product.ts';
import { staffOf } from '../harness/staff.ts';
import { openBrowserHarness, type BrowserHarness } from './browser-harness.ts';
import { addStaff } from './people.ts';
import { newPerson, type Person } from './shopping.ts';

describe('a person and an account', () => {
  let harness: BrowserHarness;
  beforeAll(async () => {
    harness = await openBrowserHarness();
  }, 120_000);
  afterAll(() => harness?.close(), 60_000);

  /** What was refused on the way, but for what a page asked while its session ended. */
  const refused = (visitor: { refusals: string[] }) =>
    new Set(visitor.refusals.splice(0).filter((each) => !each.startsWith('401 GET ')));

  it('confirms an address, comes back without the password, and chooses another by mail', async () => {
    const visitor = await harness.visit();
    const { page, shop, shot } = visitor;
    const ada = newPerson('Ada Lovelace');
    await page.goto('/sign-up');
    await shop.signUp(ada);
    await page.getByText('Look into your mailbox').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Look into your mailbox');
    const link = await harness.accountLink(ada);

    await page.goto('/sign-in');
    await shop.signIn(ada);
    await page.getByText('The e-mail address or the password is not right.').waitFor();
    await page.goto(link);
    await shop.confirm({ ...ada, password: 'not the one of the sign-up' });
    await page
      .getByText(/not the password that was chosen/)
      .first()
      .waitFor();
    await shot('90-confirm-address');
    await shop.confirm(ada);
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    expect(refused(visitor)).toEqual(new Set(['401 POST /api/v2/sign-in', '422 POST /api/v2/account-links']));

    const elsewhere = await harness.visit();
    await elsewhere.page.goto('/sign-in');
    await elsewhere.page.getByRole('link', { name: 'Forgot your password?' }).click();
    await elsewhere.page.getByRole('textbox', { name: 'E-mail' }).fill(ada.email);
    await elsewhere.page.getByRole('button', { name: 'Send the link' }).click();
    await elsewhere.page.getByText('Look into your mailbox').waitFor();
    await elsewhere.shot('91-forgot-password');
    await elsewhere.page.goto(await harness.accountLink(ada, 'Choose a new password'));
    await elsewhere.page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await elsewhere.page.getByRole('textbox', { name: 'New password' }).fill('four tall ships, leaving');
    await elsewhere.shot('92-new-password');
    await elsewhere.page.getByRole('button', { name: 'Set password and sign in' }).click();
    await elsewhere.page.getByRole('heading', { name: 'Your orders' }).waitFor();

    await page.goto('/orders');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(link);
    await page.getByText('This link is not good any more').waitFor();
    await shot('93-used-link');
  }, 90_000);

  it('is invited by a sale of staff; signing up with the address leads to the same', async () => {
    const staff = await staffOf(harness.product);
    const ben: Person = newPerson('Ben Sold');
    const sold = await staff.call<{ id: string }>(
      'POST',
      '/provision',
      {
        customer: { email: ben.email, name: ben.name, country: 'GB' },
        plan: 'starter',
        cycle: 'monthly',
        currency: 'EUR',
        payment_reference: `TRX-${newId()}`,
      },
      { 'idempotency-key': newId() },
    );
    expect(sold.status).toBe(201);
    const visitor = await harness.visit({ phone: true });
    const { page, shop, shot } = visitor;
    const welcome = await harness.accountLink(ben, 'account is ready');
    await page.goto('/sign-up');
    await shop.signUp({ ...ben, password: 'a stranger might choose this' });
    const invitation = await harness.accountLink(ben, 'Your way into the portal');
    for (const link of [welcome, invitation]) {
      await page.goto(link);
      await page.getByRole('heading', { name: 'Choose a password for the portal' }).waitFor();
    }
    await page.getByRole('textbox', { name: 'New password' }).fill(ben.password);
    await shot('94-invitation');
    await page.getByRole('button', { name: 'Set password and sign in' }).click();
    await page.getByRole('link', { name: /^O-/ }).click();
    await shop.state('Active');
    await shop.revealLicense();
    await page.goto(welcome);
    await page.getByText('This link is not good any more').waitFor();
  }, 90_000);

  it('staff set up a second factor, lose the phone, get in by a recovery code, and back by mail only with both', async () => {
    const visitor = await harness.visit();
    const { page, shop, shot } = visitor;
    const sam = await addStaff(harness.product);
    const atStaffPages = () => page.getByRole('heading', { level: 1, name: 'Staff', exact: true }).waitFor();
    const signInAgain = async (code: string, password = sam.password) => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('link', { name: 'Sign in' }).waitFor();
      await page.goto('/staff');
      await shop.signIn({ ...sam, password });
      await page.getByRole('textbox', { name: 'Code' }).fill(code);
      await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    };

    await page.goto('/staff');
    await shop.signIn(sam);
    await page.getByText('Staff need a second factor').waitFor();
    await shot('95-second-factor-needed');
    await page.getByLabel('Your password').fill(sam.password);
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    const secret = await page.getByLabel('key', { exact: true }).innerText();
    const app = new TOTP({ secret: Secret.fromBase32(secret) });
    await shot('96-scan-the-key');
    await page.getByRole('textbox', { name: 'Code' }).fill(app.generate());
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('Keep these now').waitFor();
    const codes = await page.getByRole('region', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
    expect(codes).toHaveLength(10);
    await shot('97-recovery-codes');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await atStaffPages();

    await signInAgain(codes[0]!);
    await atStaffPages();
    await until(async () =>
      (await harness.product.vendors.mails(sam.email)).some(({ subject }) =>
        subject.includes('recovery code was used'),
      ),
    );

    await page.goto('/staff/sign-in');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByRole('textbox', { name: 'E-mail' }).fill(sam.email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.goto(await harness.accountLink(sam, 'Choose a new password'));
    const password = 'twelve gulls above the pier';
    await page.getByRole('textbox', { name: 'New password' }).fill(password);
    await page.getByRole('button', { name: 'Set password and sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Staff sign-in' }).waitFor();
    await shop.signIn({ ...sam, password });
    await page.getByRole('textbox', { name: 'Code' }).fill(codes[1]!);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await atStaffPages();
    await page.goto('/security');
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
    await shot('98-security');
    await page.getByText('Recovery codes left').waitFor();
    expect(refused(visitor)).toEqual(new Set(['401 POST /api/v2/staff/sign-in']));
  }, 90_000);

  it('without an error of our pages on the way', () => {
    for (const { violations, errors } of harness.visitors) expect([violations, errors]).toEqual([[], []]);
  });
});
