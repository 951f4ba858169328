import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleRequests, storedMethod } from '#activities/gateways/gateway.contract.ts';
import { SECRET_KEY, startStripe } from '../testing/harness.ts';

let stripe: Awaited<ReturnType<typeof startStripe>>;
let requests: ReturnType<typeof sampleRequests>;
beforeEach(async () => {
  stripe = await startStripe();
  requests = sampleRequests();
});
afterEach(() => stripe.close());

const open = async () => (await stripe.gateway.setUpMethod(requests.setUp)).checkoutId;
const settle = (checkoutId: string) => stripe.gateway.settleMethod(requests.page(checkoutId));
const stored = (form: Record<string, string>) => async () => {
  const id = await open();
  await stripe.onPage(id, form);
  return settle(id);
};
const setUps = () => stripe.simulator.countSetUps(requests.setUp.customer.id);
const challenge = async (id: string, result: 'approve' | 'fail') => {
  await stripe.onPage(id, { action: 'challenge' });
  await stripe.press(`/c/pay/${id}/challenge`, { result });
};

describe('a page that stores a method at Stripe', () => {
  it('is of our set-up and customer, and so is its SetupIntent', async () => {
    const id = await open();
    const { customer, setUpId, description } = requests.setUp;
    const metadata = { env: 'sandbox', account_id: customer.id, set_up_id: setUpId };
    const session = stripe.stripe.world.cs.get(id)!;
    expect(session).toMatchObject({ mode: 'setup', client_reference_id: setUpId, metadata, payment_intent: null });
    expect(stripe.stripe.world.seti.get(session.setup_intent!)).toMatchObject({ metadata, description });
    expect(stripe.stripe.world.pi.all()).toEqual([]);
  });

  it('keeps the card with brand, last digits, expiry and fingerprint', async () => {
    expect(await stored({ number: '5555 5555 5555 4444', expiry: '08 / 31' })()).toEqual({
      state: 'saved',
      method: {
        methodId: expect.stringMatching(/^pm_/),
        gatewayCustomerId: expect.stringMatching(/^cus_/),
        kind: 'card',
        brand: 'mastercard',
        last4: '4444',
        expMonth: 8,
        expYear: 2031,
        fingerprint: expect.stringMatching(/\w+/),
      },
    });
  });

  it('keeps a bank account', async () => {
    expect(await stored({ action: 'debit' })()).toMatchObject({
      state: 'saved',
      method: { kind: 'sepa_debit', last4: '3000', fingerprint: expect.stringMatching(/\w+/) },
    });
  });

  it.each([
    {
      number: '4000 0000 0000 0002',
      name: 'soft',
      code: 'generic_decline',
      says: 'did not accept this payment method',
    },
    { number: '4000 0000 0000 9979', name: 'hard', code: 'stolen_card', says: 'did not accept this payment method' },
    { number: '4000 0000 0000 0127', name: 'fix_data', code: 'incorrect_cvc', says: 'security code' },
    { number: '4242 4242 4242 4242', expiry: '01 / 20', name: 'fix_data', code: 'expired_card', says: 'has expired' },
  ])('refuses $number as $name, and speaks of no payment', async ({ number, expiry = '12 / 34', name, code, says }) => {
    const state = await stored({ number, expiry })();
    expect(state).toMatchObject({ state: 'declined', decline: { class: name, code } });
    const { message } = (state as { decline: { message: string } }).decline;
    expect(message).toContain(says);
    expect(message).not.toContain('declined the payment');
  });

  it('saves after 3-D Secure, and refuses when the challenge fails', async () => {
    const id = await open();
    await challenge(id, 'fail');
    expect(await settle(id)).toMatchObject({ state: 'declined', decline: { class: 'authentication' } });
    await challenge(id, 'approve');
    expect(await settle(id)).toMatchObject({ state: 'saved' });
  });

  it('of a card that wants 3-D Secure once, charges without the cardholder', async () => {
    const id = await open();
    await challenge(id, 'approve');
    const { method } = (await settle(id)) as Extract<Awaited<ReturnType<typeof settle>>, { state: 'saved' }>;
    expect(await stripe.gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
  });

  it('is saved, not expired, when the customer stores a method while we close it', async () => {
    const id = await open();
    const slow = stripe.adapterWhile(() => stripe.simulator.storeMethod(id));
    expect(await slow.closeSetUp(requests.page(id))).toMatchObject({ state: 'saved' });
  });

  it.each([true, false])('converges when Stripe keeps a 500 under the key (after the effect: %s)', async (after) => {
    await stripe.control('/stored-errors', { path: '^/v1/checkout/sessions$', after });
    await expect(open()).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    const id = await open();
    expect(await open()).toBe(id);
    expect(await setUps()).toBe(1);
  });

  it('stays the one page when a repeat comes so late that the closing time had to move', async () => {
    const setUp = { ...requests.setUp, expiresAt: new Date(Date.now() + 35 * 60_000) };
    const { checkoutId } = await stripe.gateway.setUpMethod(setUp);
    stripe.stripe.advance(10 * 60_000);
    expect(await stripe.gateway.setUpMethod(setUp)).toMatchObject({ checkoutId });
    expect(await setUps()).toBe(1);
  });

  it('is never found as the page of a payment, nor the other way round', async () => {
    const { checkoutId } = await stripe.gateway.checkout(requests.checkout);
    const id = await open();
    const wanted = { ...requests.reference, key: 'x', createdAfter: new Date(Date.now() - 60_000) };
    expect(await stripe.gateway.findCheckout(wanted)).toMatchObject({ checkoutId });
    expect(id).not.toBe(checkoutId);
    await stripe.simulator.storeMethod(id);
    expect(await stripe.gateway.settle(requests.handle(checkoutId))).toEqual({ state: 'open' });
  });

  it.each([
    { change: { status: 'processing' }, state: { state: 'pending', reason: expect.stringContaining('processing') } },
    { change: null, state: { state: 'pending', reason: expect.stringContaining('no set-up yet') } },
    {
      change: { status: 'requires_payment_method', last_setup_error: { type: 'card_error', code: 'expired_card' } },
      state: { state: 'expired', decline: { class: 'fix_data', code: 'expired_card' } },
    },
    { change: { status: 'canceled' }, state: { state: 'expired', decline: undefined } },
  ])('that is complete while its SetupIntent is $change is not taken for saved', async ({ change, state }) => {
    const id = await open();
    await stripe.simulator.storeMethod(id);
    const changed = stripe.adapter({
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const session = (await response.json()) as { setup_intent: object };
        return Response.json({ ...session, setup_intent: change && { ...session.setup_intent, ...change } });
      },
    });
    expect(await changed.settleMethod(requests.page(id))).toMatchObject(state);
  });

  it('is over, with nothing stored, when its method was removed since', async () => {
    const id = await open();
    await stripe.simulator.storeMethod(id);
    const state = await settle(id);
    await stripe.gateway.removeMethod(requests.removal((state as { method: { methodId: string } }).method));
    expect(await settle(id)).toEqual({ state: 'expired' });
  });

  it('refuses an id that is not of a checkout, without asking Stripe', async () => {
    for (const id of ['', 'seti_1', 'cs_../../v1/balance']) {
      await expect(settle(id)).rejects.toMatchObject({ name: 'VendorRefused' });
      await expect(stripe.gateway.closeSetUp(requests.page(id))).rejects.toMatchObject({ name: 'VendorRefused' });
    }
    expect(stripe.calls).toEqual([]);
  });
});

describe('a method that Stripe keeps', () => {
  const given = () => ({ gateway: stripe.gateway, simulator: stripe.simulator, requests });

  it('is shown as the account updater left it, and its event names it', async () => {
    const { methodId, gatewayCustomerId } = await storedMethod(given());
    await stripe.control(`/methods/${methodId}/update`, { exp_month: 3, exp_year: 2040, last4: '1881' });
    expect(await stripe.gateway.findMethod(methodId)).toMatchObject({ last4: '1881', expMonth: 3, expYear: 2040 });
    const events = (await Array.fromAsync(stripe.gateway.listEvents(new Date(Date.now() - 60_000)))).flat();
    expect(events.find(({ type }) => type === 'payment_method.automatically_updated')).toMatchObject({
      subject: 'method',
      methodId,
      gatewayCustomerId,
    });
  });

  it('is gone with its customer', async () => {
    const { methodId, gatewayCustomerId } = await storedMethod(given());
    const headers = { authorization: `Bearer ${SECRET_KEY}` };
    await fetch(`${stripe.simulator.url}/v1/customers/${gatewayCustomerId}`, { method: 'DELETE', headers });
    expect(await stripe.gateway.findMethod(methodId)).toBeNull();
    await stripe.gateway.removeMethod(requests.removal({ methodId }));
  });

  it('is removed although Stripe kept a 500 under the key, before or after the effect', async () => {
    for (const after of [true, false]) {
      const { methodId } = await stripe.keepMethod('pm_card_visa');
      await stripe.control('/stored-errors', { path: '/detach$', after });
      await expect(stripe.gateway.removeMethod(requests.removal({ methodId }))).rejects.toMatchObject({
        name: 'OutcomeUnknown',
      });
      await stripe.gateway.removeMethod(requests.removal({ methodId }));
      expect(await stripe.gateway.findMethod(methodId)).toBeNull();
    }
  });

  it('that Stripe refuses to remove although it has it, is not taken for gone', async () => {
    const { methodId } = await storedMethod(given());
    await stripe.simulator.plan({ kind: 'error-before', status: 400, method: 'POST', path: '/detach$' });
    await expect(stripe.gateway.removeMethod(requests.removal({ methodId }))).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining(`could not remove method ${methodId}`),
    });
  });

  it('asks nothing about an id that is no method', async () => {
    for (const methodId of ['', 'ch_1', 'pm_../balance']) {
      expect(await stripe.gateway.findMethod(methodId)).toBeNull();
      await stripe.gateway.removeMethod({ methodId, key: 'k' });
    }
    expect(stripe.calls).toEqual([]);
  });
});
