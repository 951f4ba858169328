import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { money } from '#domain/money/money.ts';
import { sampleRequests } from '#activities/gateways/gateway.contract.ts';
import type { CheckoutState } from '#activities/gateways/gateway.ts';
import { startStripe } from '../testing/harness.ts';

const HOUR = 3_600_000;

describe('a Stripe checkout', () => {
  let stripe: Awaited<ReturnType<typeof startStripe>>;
  let requests: ReturnType<typeof sampleRequests>;
  beforeEach(async () => {
    stripe = await startStripe();
    requests = sampleRequests();
  });
  afterEach(() => stripe.close());

  const open = async (change = {}) => (await stripe.gateway.checkout({ ...requests.checkout, ...change })).checkoutId;
  const settle = (id: string): Promise<CheckoutState> => stripe.gateway.settle(requests.handle(id));
  const checkouts = () => stripe.simulator.countCheckouts(requests.reference.invoiceId);

  it('is for the invoice, in its currency, with our reference on the page and on the payment', async () => {
    const id = await open();
    await stripe.simulator.payCheckout(id);
    const session = stripe.stripe.world.cs.get(id)!;
    const reference = {
      env: 'sandbox',
      invoice_id: requests.reference.invoiceId,
      attempt_id: requests.reference.attemptId,
    };
    expect(session).toMatchObject({
      amount_total: 1299,
      currency: 'eur',
      client_reference_id: requests.reference.invoiceId,
      metadata: reference,
      allowed_payment_method_types: ['card', 'link', 'sepa_debit'],
      adaptive_pricing: { enabled: false },
    });
    expect(stripe.stripe.world.pi.get(session.payment_intent!)).toMatchObject({
      metadata: reference,
      description: requests.checkout.description,
      setup_future_usage: 'off_session',
    });
  });

  it('keeps no method unless the customer agreed', async () => {
    const id = await open({ saveMethod: false });
    await stripe.simulator.payCheckout(id);
    const state = await settle(id);
    expect(state).toMatchObject({ state: 'paid' });
    expect((state as Extract<CheckoutState, { state: 'paid' }>).payment.method).toBeUndefined();
  });

  it('describes the kept card without its number', async () => {
    const id = await open();
    await stripe.onPage(id, { action: 'pay', number: '5555 5555 5555 4444', expiry: '11 / 31' });
    expect(await settle(id)).toMatchObject({
      payment: { method: { kind: 'card', brand: 'mastercard', last4: '4444', expMonth: 11, expYear: 2031 } },
    });
    expect(JSON.stringify(stripe.stripe.world.pm.all())).not.toContain('5555555555554444');
  });

  it.each([
    { wanted: 5 * 60_000, least: 30 * 60_000, most: 32 * 60_000, because: 'Stripe wants half an hour' },
    { wanted: 2 * HOUR, least: 2 * HOUR - 1_000, most: 2 * HOUR, because: 'it is allowed as it is' },
    { wanted: 72 * HOUR, least: 24 * HOUR - 62_000, most: 24 * HOUR, because: 'Stripe allows a day' },
  ])('closes after $wanted ms or what is nearest: $because', async ({ wanted, least, most }) => {
    const now = Date.now();
    const { expiresAt } = await stripe.gateway.checkout({ ...requests.checkout, expiresAt: new Date(now + wanted) });
    expect(expiresAt.getTime() - now).toBeGreaterThanOrEqual(least);
    expect(expiresAt.getTime() - now).toBeLessThanOrEqual(most + 1_000);
  });

  it('stays the one checkout when a repeat comes so late that the closing time had to move', async () => {
    const soon = { expiresAt: new Date(Date.now() + 35 * 60_000) };
    const first = await open(soon);
    stripe.stripe.advance(10 * 60_000);
    expect(await open(soon)).toBe(first);
    expect(await checkouts()).toBe(1);
  });

  it('refuses another amount under the same key instead of asking for a second payment', async () => {
    await open();
    await expect(open({ amount: money(2599, 'EUR') })).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('with another amount than EUR 25.99'),
    });
    expect(await checkouts()).toBe(1);
  });

  it.each([
    { amount: money(10, 'EUR'), because: 'it is below what Stripe charges' },
    { amount: money(12_995, 'KWD'), because: 'the third digit is not zero' },
    { amount: money(100_000_000, 'EUR'), because: 'it has nine digits' },
  ])('refuses $amount.minor $amount.currency: $because', async ({ amount }) => {
    await expect(open({ amount })).rejects.toMatchObject({ name: 'VendorRefused' });
    expect(await checkouts()).toBe(0);
  });

  it('is paid after 3-D Secure, and declined when the challenge fails', async () => {
    const id = await open();
    expect(await stripe.onPage(id, { action: 'challenge' })).toMatchObject({ result: 'challenge' });
    expect(await settle(id)).toEqual({ state: 'open' });
    await stripe.press(`/c/pay/${id}/challenge`, { result: 'fail' });
    expect(await settle(id)).toMatchObject({ state: 'declined', decline: { class: 'authentication' } });
    await stripe.onPage(id, { action: 'challenge' });
    expect(await stripe.press(`/c/pay/${id}/challenge`, { result: 'approve' })).toMatchObject({ result: 'succeeded' });
    expect(await settle(id)).toMatchObject({ state: 'paid' });
  });

  it('can be declined for lack of funds although the challenge was passed', async () => {
    const id = await open();
    await stripe.onPage(id, { number: '4000 0082 6000 3178' });
    await stripe.press(`/c/pay/${id}/challenge`, { result: 'approve' });
    expect(await settle(id)).toMatchObject({ decline: { class: 'soft', code: 'insufficient_funds' } });
  });

  it('is over, with its decline, when a debit that was begun brings no money', async () => {
    const id = await open();
    await stripe.simulator.payLater(id);
    expect(await settle(id)).toMatchObject({ state: 'pending', reason: expect.stringContaining('sepa_debit') });
    expect(await stripe.gateway.close(requests.handle(id))).toMatchObject({ state: 'pending' });
    await stripe.control(`/money/${id}`, { arrived: false });
    expect(await settle(id)).toMatchObject({ state: 'expired', decline: { code: 'insufficient_funds' } });
  });

  it('is paid, not expired, when the customer pays while we close it', async () => {
    const id = await open();
    const slow = stripe.adapterWhile(() => stripe.simulator.payCheckout(id));
    expect(await slow.close(requests.handle(id))).toMatchObject({ state: 'paid' });
    expect(await stripe.simulator.countPayments(requests.reference.invoiceId)).toBe(1);
  });

  it.each([true, false])('converges when Stripe keeps a 500 under the key (after the effect: %s)', async (after) => {
    await stripe.control('/stored-errors', { path: '^/v1/checkout/sessions$', after });
    await expect(open()).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    const id = await open();
    expect(await open()).toBe(id);
    expect(await checkouts()).toBe(1);
  });

  it('opens after an outage that left a 500 under the key of each try', async () => {
    await stripe.control('/stored-errors', { path: '^/v1/checkout/sessions$', times: 5 });
    for (let n = 0; n < 5; n += 1) await expect(open()).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    const id = await open();
    expect(await open()).toBe(id);
    expect(await checkouts()).toBe(1);
  });

  it('converges when the 500 kept under the key was for the customer', async () => {
    await stripe.control('/stored-errors', { path: '^/v1/customers$', after: true });
    await expect(open()).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    await open();
    expect(stripe.stripe.world.cus.all()).toHaveLength(1);
  });

  it('finds the Stripe customer of an earlier page that was never paid, although its key is forgotten', async () => {
    await open();
    stripe.stripe.advance(2 * 24 * HOUR);
    const later = sampleRequests();
    const customer = { ...requests.checkout.customer, seenBefore: true };
    await stripe.gateway.checkout({ ...later.checkout, customer });
    const made = stripe.stripe.world.cs.all().map((session) => session.customer);
    expect(made).toHaveLength(2);
    expect(new Set(made).size).toBe(1);
  });

  it('makes one Stripe customer for one of ours, and uses the one it is told', async () => {
    const { gatewayCustomerId } = await stripe.gateway.checkout(requests.checkout);
    const second = sampleRequests().checkout;
    await stripe.gateway.checkout({ ...second, customer: requests.checkout.customer });
    await stripe.gateway.checkout({
      ...sampleRequests().checkout,
      customer: { ...second.customer, gatewayCustomerId },
    });
    expect(stripe.stripe.world.cus.all()).toHaveLength(1);
    expect(stripe.stripe.world.cs.all().map(({ customer }) => customer)).toEqual(Array(3).fill(gatewayCustomerId));
  });

  it('is found among many, whatever its state, but not in another environment', async () => {
    const id = await open();
    for (let n = 0; n < 120; n += 1) await stripe.gateway.checkout(sampleRequests().checkout);
    const wanted = { ...requests.reference, key: requests.checkout.key, createdAfter: new Date(Date.now() - 60_000) };
    expect(await stripe.gateway.findCheckout(wanted)).toMatchObject({ checkoutId: id });
    expect(await stripe.gateway.findCheckout({ ...wanted, env: 'production' })).toBeNull();
    stripe.stripe.advance(25 * HOUR);
    expect(await stripe.gateway.findCheckout(wanted)).toMatchObject({ checkoutId: id, url: '' });
  });

  it('refuses an id that is not of a checkout, without asking Stripe', async () => {
    const { length } = stripe.calls;
    for (const id of ['', 'pi_1', 'cs_../../v1/balance']) {
      await expect(settle(id)).rejects.toMatchObject({ name: 'VendorRefused' });
    }
    expect(stripe.calls).toHaveLength(length);
  });
});
