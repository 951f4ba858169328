import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { money } from '#domain/money/money.ts';
import { listed } from '#activities/gateways/gateway.harness.ts';
import { dealWith, startPaypal, type Dealings, type PaypalHarness } from '../testing/harness.ts';

const HOUR = 3_600_000;

let paypal: PaypalHarness;
let gateway: PaypalHarness['gateway'];
let requests: Dealings['requests'];
let approved: Dealings['approved'];
let settled: Dealings['settled'];
let paid: Dealings['paid'];
let row: Dealings['row'];
let counted: Dealings['counted'];
beforeEach(async () => {
  paypal = await startPaypal();
  ({ gateway } = paypal);
  ({ requests, approved, settled, paid, row, counted } = dealWith(paypal));
});
afterEach(() => paypal.close());

describe('an order', () => {
  it('carries what finds it again, and what the buyer should see', async () => {
    const { checkoutId, url, expiresAt, requestId } = await gateway.checkout(requests.checkout);
    expect(await row(checkoutId)).toMatchObject({
      customId: `sandbox:${requests.reference.invoiceId}:${requests.reference.attemptId}`,
      invoiceId: requests.checkout.invoiceNumber,
      amount: { currency_code: 'EUR', value: '12.99' },
      brandName: 'Hostwright',
      returnUrl: requests.checkout.successUrl,
      cancelUrl: requests.checkout.cancelUrl,
      wantsVault: true,
    });
    expect(url).toBe(`${paypal.url}/checkoutnow?token=${checkoutId}`);
    expect(expiresAt).toEqual(requests.checkout.expiresAt);
    expect(requestId).toMatch(/^[0-9a-f]{13}$/);
  });

  it('ends after three hours, whatever was asked', async () => {
    const expiresAt = new Date(Date.now() + 24 * HOUR);
    const opened = await gateway.checkout({ ...requests.checkout, expiresAt });
    expect(Math.abs(opened.expiresAt.getTime() - Date.now() - 3 * HOUR)).toBeLessThan(5_000);
  });

  it('is in whole forints, and an amount with fillers is refused before PayPal hears of it', async () => {
    const { checkoutId } = await gateway.checkout({ ...requests.checkout, amount: money(499_000, 'HUF') });
    expect((await row(checkoutId)).amount).toEqual({ currency_code: 'HUF', value: '4990' });
    const odd = { ...requests.checkout, amount: money(499_050, 'HUF') };
    await expect(gateway.checkout(odd)).rejects.toMatchObject({ name: 'VendorRefused' });
    await paypal.press('pay', checkoutId);
    expect((await settled(checkoutId)).amount).toEqual(money(499_000, 'HUF'));
  });

  it('sends a buyer who approved meanwhile to where approving leads', async () => {
    await gateway.settle(requests.handle(await approved()));
    expect((await gateway.checkout(requests.checkout)).url).toBe(requests.checkout.successUrl);
  });

  it('is found by its events once the buyer acted, with the page where there is one', async () => {
    const wanted = { ...requests.reference, key: requests.checkout.key, createdAfter: new Date(Date.now() - HOUR) };
    const { checkoutId, url } = await gateway.checkout(requests.checkout);
    expect(await gateway.findCheckout(wanted)).toBeNull();
    await paypal.press('decline', checkoutId);
    expect(await gateway.findCheckout(wanted)).toMatchObject({ checkoutId, url });
    await paypal.press('pay', checkoutId);
    await gateway.settle(requests.handle(checkoutId));
    expect(await gateway.findCheckout(wanted)).toMatchObject({ checkoutId });
  });
});

describe('a capture, not its order, is judged', () => {
  it.each([
    { planned: { capture: 'DECLINED', reason: 'DECLINED_BY_RISK_FRAUD_FILTERS' }, kind: 'hard' },
    { planned: { capture: 'DECLINED', reason: 'BUYER_COMPLAINT' }, kind: 'soft' },
    { planned: { capture: 'DECLINED' }, kind: 'soft' },
  ] as const)('an order COMPLETED with $planned is over, with a decline that is $kind', async ({ planned, kind }) => {
    const handle = requests.handle(await approved(planned));
    const expected = { state: 'expired', decline: { class: kind, message: expect.stringMatching(/\w/) } };
    expect(await gateway.settle(handle)).toMatchObject(expected);
    expect(await gateway.settle(handle)).toMatchObject(expected);
    expect(await counted()).toBe(0);
  });

  it('one that waits for the merchant says so', async () => {
    const checkoutId = await approved({ capture: 'PENDING', reason: 'UNILATERAL' });
    const state = await gateway.settle(requests.handle(checkoutId));
    expect(state).toMatchObject({ state: 'pending', reason: 'UNILATERAL: accept the payment in the PayPal account' });
    const { capture } = await row(checkoutId);
    expect(await gateway.find(capture!.id)).toBeNull();
  });

  it.each([
    {
      refuse: 'INSTRUMENT_DECLINED',
      expected: { state: 'declined', decline: { class: 'soft', code: 'INSTRUMENT_DECLINED' } },
    },
    { refuse: 'PAYER_CANNOT_PAY', expected: { state: 'declined', decline: { class: 'hard' } } },
    { refuse: 'PAYER_ACTION_REQUIRED', expected: { state: 'declined', decline: { class: 'authentication' } } },
    {
      refuse: 'NEVER_SEEN_BEFORE',
      expected: { state: 'declined', decline: { class: 'soft', code: 'NEVER_SEEN_BEFORE' } },
    },
    { refuse: 'ORDER_NOT_APPROVED', expected: { state: 'open' } },
    { refuse: 'ORDER_COMPLETION_IN_PROGRESS', expected: { state: 'pending' } },
    { refuse: 'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED', expected: { state: 'expired', decline: { class: 'soft' } } },
  ])('refused with $refuse, the checkout is $expected.state', async ({ refuse, expected }) => {
    expect(await gateway.settle(requests.handle(await approved({ refuse })))).toMatchObject(expected);
    expect(await counted()).toBe(0);
  });

  it.each(['PAYEE_ACCOUNT_RESTRICTED', 'COMPLIANCE_VIOLATION', 'AMOUNT_MISMATCH'])(
    'refused with %s, a person of ours must act, not the buyer',
    async (refuse) => {
      await expect(gateway.settle(requests.handle(await approved({ refuse })))).rejects.toMatchObject({
        name: 'VendorRefused',
        message: expect.stringContaining(refuse),
      });
    },
  );

  it('an approval nobody captured lapses after three hours, and the events tell', async () => {
    const checkoutId = await approved();
    paypal.simulator.advance(3 * HOUR + 1_000);
    expect(await gateway.settle(requests.handle(checkoutId))).toEqual({ state: 'expired' });
    expect(await listed(gateway, new Date(Date.now() - HOUR))).toContainEqual(
      expect.objectContaining({
        type: 'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
        subject: 'checkout',
        checkoutId,
        reference: requests.reference,
      }),
    );
  });
});

describe('the page after one that is over', () => {
  const next = (previousCheckoutId: string) =>
    gateway.checkout({
      ...requests.checkout,
      attemptId: randomUUID(),
      key: `${requests.checkout.key}:2`,
      number: 2,
      previousCheckoutId,
    });

  it('opens under a number of its own when a payment was reviewed and declined, and is paid there once', async () => {
    const first = await approved({ capture: 'PENDING', reason: 'PENDING_REVIEW' });
    expect(await gateway.settle(requests.handle(first))).toMatchObject({ state: 'pending' });
    await expect(next(first)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    await paypal.control('POST', `/_sim/captures/${(await row(first)).capture!.id}/decline`);
    expect(await gateway.settle(requests.handle(first))).toMatchObject({ state: 'expired' });
    const { checkoutId } = await next(first);
    expect((await row(checkoutId)).invoiceId).toBe(`${requests.checkout.invoiceNumber}/2`);
    await paypal.press('pay', checkoutId);
    await settled(checkoutId);
    expect(await counted()).toBe(1);
  });

  it.each(['nobody approved', 'was approved and never captured'])('does so too when the one before %s', async (how) => {
    const { checkoutId: first } = await gateway.checkout(requests.checkout);
    if (how !== 'nobody approved') await paypal.press('pay', first);
    paypal.simulator.advance(3 * HOUR + 1_000);
    const { checkoutId } = await next(first);
    expect((await row(checkoutId)).invoiceId).toBe(`${requests.checkout.invoiceNumber}/2`);
  });

  it('keeps the number, which pays once, while the one before might be paid', async () => {
    const { checkoutId: first } = await gateway.checkout(requests.checkout);
    const { checkoutId } = await next(first);
    expect((await row(checkoutId)).invoiceId).toBe(requests.checkout.invoiceNumber);
    await paypal.press('pay', first);
    await settled(first);
    await paypal.press('pay', checkoutId);
    await settled(checkoutId);
    expect(await counted()).toBe(1);
  });
});

describe('a 2xx that does not fit the SDK', () => {
  beforeEach(() => paypal.control('POST', '/_sim/broken-links', { times: 1_000 }));

  it('is looked up, so a checkout opens, is paid, found and refunded all the same', async () => {
    const payment = await paid();
    expect(await gateway.find(payment.gatewayPaymentId)).toMatchObject({ amount: requests.amount });
    const refund = await gateway.refund(requests.refund(payment.gatewayPaymentId));
    expect(refund).toMatchObject({ outcome: 'refunded' });
    expect(await counted()).toBe(1);
    expect(await paypal.simulator.countRefunds(payment.gatewayPaymentId)).toBe(1);
  });

  it('is looked up after a charge', async () => {
    const method = await paypal.simulator.savedMethod('pays');
    expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
    expect(await counted()).toBe(1);
  });
});
