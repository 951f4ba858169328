import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { ordersOf, type Orders } from '../harness/orders.ts';
import { until, type Product } from '../harness/product.ts';
import { accessibilityFindings } from './axe.ts';
import { expectNothingBroken, STRANGER } from './broken.ts';
import { openBrowserHarness, type BrowserHarness, type Shopper } from './browser-harness.ts';
import { addStaff } from './people.ts';
import { newPerson } from './shopping.ts';
import { focused } from './visitor.ts';

describe('a person of staff with a browser', () => {
  let harness: BrowserHarness;
  let product: Product;
  let orders: Orders;
  /** Signed in by the first story. */
  let staff: Shopper;
  const ines = newPerson('Ines Moreau');

  beforeAll(async () => {
    harness = await openBrowserHarness();
    product = harness.product;
    orders = await ordersOf(product);
  }, 120_000);
  afterAll(async () => {
    await orders?.close();
    await harness?.close();
  }, 60_000);

  it('records a bank transfer for an order that waits at Stripe, once, and sees it booked', async () => {
    staff = await harness.visit();
    const { page, shop, shot, refusals } = staff;
    await page.goto('/staff');
    await page.getByRole('heading', { name: 'Staff sign-in' }).waitFor();
    await shop.signIn(await addStaff(product));
    await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
    await page.getByRole('button', { name: 'Not now, this once' }).click();
    await page.getByRole('heading', { level: 1, name: 'Staff' }).waitFor();
    const [paid, waiting] = [await orders.place('stripe'), await orders.place('stripe')];
    const hasPage = async (orderId: string) =>
      (await product.db.sql(`select 1 from "order" where id = $1 and checkout_url is not null`, [orderId]))[0];
    for (const { orderId } of [paid, waiting]) await until(() => hasPage(orderId));
    const field = page.getByRole('textbox', { name: 'Payment reference' });
    const record = page.getByRole('button', { name: 'Record payment' });

    await page.goto(`/orders/${paid.orderId}`);
    await record.click();
    await page.getByText('Payment reference is needed.').waitFor();
    await field.fill('перевод');
    await record.click();
    await page.getByText(/^Payment reference is a reference as banks write it/).waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('payment_reference');
    await field.fill('TRX-2027-0042');
    await shot('65-record-payment');
    await record.click();
    await shop.state('Active');
    await page.getByText(/^Transfer TRX-2027-0042 recorded/).waitFor();
    await page.getByText('TRX-2027-0042', { exact: true }).waitFor();
    expect(await record.count()).toBe(0);
    await shot('66-transfer-booked');
    expect(
      await product.db.sql(
        `select p.gateway, p.allocated_minor::int as paid, i.status from payment p join invoice i on i.id = p.invoice_id where i.order_id = $1`,
        [paid.orderId],
      ),
    ).toEqual([{ gateway: 'recorded', paid: 2_900, status: 'paid' }]);

    await page.goto(`/orders/${waiting.orderId}`);
    await field.fill('trx 2027 0042');
    await record.click();
    await page.getByText(/^This transfer is recorded for order O-\S+ already\./).waitFor();
    await shot('67-transfer-used');
    await record.waitFor();
    await shop.state('Awaiting payment');
    expect(refusals.splice(0)).toEqual([STRANGER, `409 POST /api/v2/orders/${waiting.orderId}/payments`]);
  }, 60_000);

  it('sees why an order is parked, and retries it while the customer watches the account come alive', async () => {
    const customer = await harness.visit();
    await customer.shop.choose('Starter', 'stripe');
    await customer.shop.signUp(ines);
    await customer.page.goto(await harness.accountLink(ines));
    await customer.shop.confirm(ines);
    await customer.page.getByText(`Ordered by ${ines.name}`).waitFor();
    await customer.shop.placeOrder(product.vendors.stripe.url);
    await product.vendors.panel.plan({ kind: 'unauthorized' });
    await customer.shop.press(/^Pay EUR/);
    await customer.shop.state('Being set up');
    await customer.shot('60-being-set-up');

    await product.db.sql(
      `insert into staff_task (id, key, kind, text, opened_at) values ($1, 'late-money/x', 'late_money', 'EUR 29.00 arrived late.', now())`,
      [newId()],
    );
    // Found later than anything the worker finds meanwhile, so it stays.
    await product.db.sql(
      `insert into gateway_health values ('paypal', 'main', 'failing', 'test', 'https://portal.example/hook', $1, now() + interval '1 hour')
       on conflict (gateway) do update set health = 'failing', webhook_url = excluded.webhook_url, steps = excluded.steps, checked_at = excluded.checked_at`,
      [JSON.stringify([{ name: 'Save payment methods for renewals', ok: false, message: 'The app lacks it.' }])],
    );
    const { page, shot } = staff;
    await page.goto('/staff');
    await page.getByRole('link', { name: 'The account could not be made: ams-1 refuses our key' }).waitFor();
    await page.getByText('ams-1').first().waitFor();
    await page.getByText('Account main; events go to https://portal.example/hook').waitFor();
    await page.getByText('Save payment methods for renewals: The app lacks it.').waitFor();
    await page.getByText('€29.00 arrived late.').waitFor();
    // On a phone, what has no room scrolls, by keyboard too.
    await page.setViewportSize({ width: 390, height: 844 });
    const nodes = page.getByRole('region', { name: 'Table of nodes' });
    await nodes.focus();
    await page.keyboard.press('ArrowRight');
    await until(
      async () =>
        (await nodes.evaluate<number, { scrollLeft: number }>((region) => region.scrollLeft)) > 0 || undefined,
    );
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 1200, height: 860 });
    await shot('61-staff');
    await page.getByRole('button', { name: 'Done: €29.00 arrived late.' }).click();
    await page.getByText('There is nothing to do.').waitFor();
    expect(await focused(page)).toBe('Tasks');
    await page.getByRole('searchbox').fill(ines.email.slice(0, 12));
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText(ines.email).first().waitFor();
    await page.getByRole('link', { name: /^The account could not be made/ }).click();
    await page.getByRole('heading', { level: 1, name: /refuses our key$/ }).waitFor();
    await page.getByText('account: VendorUnauthorized').waitFor();
    await page.getByRole('radio', { name: /^Abort and undo/ }).click();
    await page.getByRole('button', { name: 'Abort and undo' }).click();
    await page.getByText('Note is needed.').waitFor();
    await shot('62-incident');
    await product.vendors.panel.heal();
    await page.getByRole('radio', { name: /^Retry/ }).click();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText(/^Done: retry accepted/).waitFor();
    expect(await focused(page)).toMatch(/^Done: retry accepted/);
    expect(await page.getByText(/^(decided, going on|decided)$/).count()).toBe(1);
    await customer.shop.state('Active');
    await shot('63-decided');
    await page.goto(new URL(customer.page.url()).pathname);
    expect(await page.getByRole('link', { name: /in the Temporal UI$/ }).getAttribute('href')).toMatch(
      /^http:\/\/localhost:8233\/namespaces\/.*order%2F/,
    );
    await shot('64-order-for-staff');
  }, 90_000);

  it('AUTH-09 WEB-03: has broken no content policy, met no error, and keeps nothing in the browser', async () => {
    await expectNothingBroken(harness);
  });
});
