import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleRequests, storedMethod } from '#activities/gateways/gateway.harness.ts';
import type { SetUpState } from '#activities/gateways/gateway.ts';
import { createPaypalGateway } from '../adapter.ts';
import { startPaypal, type PaypalHarness } from '../testing/harness.ts';

const HOUR = 3_600_000;

let paypal: PaypalHarness;
let gateway: PaypalHarness['gateway'];
let requests: ReturnType<typeof sampleRequests>;
beforeEach(async () => {
  paypal = await startPaypal();
  ({ gateway } = paypal);
  requests = sampleRequests();
});
afterEach(() => paypal.close());

const open = async () => (await gateway.setUpMethod(requests.setUp)).checkoutId;
const settle = (checkoutId: string) => gateway.settleMethod(requests.page(checkoutId));
const wallets = () => paypal.simulator.countMethods(requests.setUp.customer.id);
const methodOf = (state: SetUpState) => (state as Extract<SetUpState, { state: 'saved' }>).method;
/** Another set-up of the same customer, who signs in to PayPal with that address. */
const storedBy = async (email: string, gatewayCustomerId?: string) => {
  const { setUp, page } = sampleRequests();
  const customer = { ...requests.setUp.customer, gatewayCustomerId };
  const { checkoutId } = await gateway.setUpMethod({ ...setUp, customer });
  await paypal.answer('agree', checkoutId, { email });
  return { checkoutId, page, method: methodOf(await gateway.settleMethod(page(checkoutId))) };
};

describe('a page that stores a wallet at PayPal', () => {
  it('says on whose behalf and what for, and leads back to the shop', async () => {
    const id = await open();
    const { setups } = await paypal.control<{ setups: object[] }>('GET', '/_sim/setups');
    const { customer, description } = requests.setUp;
    expect(setups).toEqual([
      expect.objectContaining({
        id,
        merchantCustomerId: `sandbox.${customer.id}`,
        description,
        brandName: paypal.config.brandName,
      }),
    ]);
    expect(await paypal.answer('cancel', id)).toContain(requests.setUp.cancelUrl);
    expect(await paypal.answer('agree', id)).toContain(requests.setUp.successUrl);
  });

  it('is approved by the buyer, and becomes a wallet only when it is settled', async () => {
    const id = await open();
    await paypal.answer('agree', id, { email: 'ada@example.com' });
    expect(await wallets()).toBe(0);
    expect(await settle(id)).toEqual({
      state: 'saved',
      method: {
        methodId: expect.any(String),
        gatewayCustomerId: expect.any(String),
        kind: 'paypal',
        email: 'ada@example.com',
      },
    });
    expect(await wallets()).toBe(1);
  });

  it('leads on, not back to the page, when the same key comes after the buyer agreed', async () => {
    const id = await open();
    await paypal.answer('agree', id);
    expect(await gateway.setUpMethod(requests.setUp)).toMatchObject({
      checkoutId: id,
      url: requests.setUp.successUrl,
    });
  });

  it('is over when PayPal does not accept the account, again and again', async () => {
    const id = await open();
    await paypal.simulator.declineMethod(id);
    const over = { state: 'expired', decline: { class: 'hard', code: 'PAYMENT_SOURCE_CANNOT_BE_USED' } };
    expect(await settle(id)).toMatchObject(over);
    expect(await settle(id)).toMatchObject(over);
    expect(await wallets()).toBe(0);
  });

  it('is found stored, not stored again, after PayPal has forgotten the key', async () => {
    const id = await open();
    await paypal.simulator.storeMethod(id);
    await paypal.simulator.plan({ kind: 'lost-answer', method: 'POST', path: 'payment-tokens$', times: 1 });
    await expect(settle(id)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    paypal.simulator.advance(4 * HOUR);
    const state = await settle(id);
    expect(state).toMatchObject({ state: 'saved' });
    expect(await gateway.findMethod(methodOf(state).methodId)).toEqual(methodOf(state));
    expect(await wallets()).toBe(1);
  });

  it('finds its own wallet among several of the customer by the payer', async () => {
    const first = await storedBy('first@example.com');
    const second = await storedBy('second@example.com', first.method.gatewayCustomerId);
    const third = await storedBy('third@example.com', first.method.gatewayCustomerId);
    paypal.simulator.advance(4 * HOUR);
    expect(methodOf(await gateway.settleMethod(second.page(second.checkoutId)))).toEqual(second.method);
    await gateway.removeMethod({ ...second.method, key: 'k' });
    expect(await gateway.settleMethod(second.page(second.checkoutId))).toEqual({ state: 'expired' });
    expect(methodOf(await gateway.settleMethod(third.page(third.checkoutId)))).toEqual(third.method);
  });

  it('waits, and takes none of several wallets for its own, while PayPal does not say whose they are', async () => {
    const first = await storedBy('first@example.com');
    const second = await storedBy('second@example.com', first.method.gatewayCustomerId);
    paypal.simulator.advance(4 * HOUR);
    const quiet = createPaypalGateway({
      ...paypal.config,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        return new Response((await response.text()).replaceAll('"payer_id"', '"nobody"'), response);
      },
    });
    expect(await quiet.settleMethod(second.page(second.checkoutId))).toEqual({
      state: 'pending',
      reason: 'SETUP_TOKEN_ALREADY_TOKENIZED',
    });
  });

  it('refuses a key that was used for another page', async () => {
    const [one, two] = [await open(), (await gateway.setUpMethod(sampleRequests().setUp)).checkoutId];
    for (const id of [one, two]) await paypal.simulator.storeMethod(id);
    const page = requests.page(one);
    await gateway.settleMethod(page);
    await expect(gateway.settleMethod({ ...page, checkoutId: two })).rejects.toMatchObject({ name: 'VendorRefused' });
  });

  it('is not opened by an app that may not store wallets, and the check says so', async () => {
    await paypal.control('PUT', '/_sim/credentials', { lacks: 'payment-tokens/read' });
    const { ok, steps } = await gateway.check();
    expect(ok).toBe(false);
    expect(steps.at(-1)).toMatchObject({
      ok: false,
      stop: 'VendorUnauthorized',
      message: expect.stringContaining('/services/vault/payment-tokens/read)'),
    });
    await paypal.simulator.plan({ kind: 'error-before', status: 403, path: 'setup-tokens$' });
    await expect(open()).rejects.toMatchObject({ name: 'VendorUnauthorized' });
  });
});

describe('a wallet that PayPal keeps', () => {
  const stored = () => storedMethod({ gateway, simulator: paypal.simulator, requests });

  it('stored with a payment or without is told by events with the customer it is of', async () => {
    await stored();
    const { checkoutId } = await gateway.checkout(requests.checkout);
    await paypal.press('pay', checkoutId);
    await gateway.settle(requests.handle(checkoutId));
    const events = (await Array.fromAsync(gateway.listEvents(new Date(Date.now() - 60_000)))).flat();
    const created = events.filter(({ type }) => type === 'VAULT.PAYMENT-TOKEN.CREATED');
    const setUp = { env: 'sandbox', customerId: requests.setUp.customer.id };
    expect(created).toMatchObject([
      { subject: 'method', setUp },
      { subject: 'method', setUp },
    ]);
  });

  it('that PayPal refuses to remove although it has it, is not taken for gone', async () => {
    const { methodId } = await stored();
    await paypal.simulator.plan({ kind: 'error-before', status: 400, method: 'DELETE' });
    await expect(gateway.removeMethod(requests.removal({ methodId }))).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining(`could not remove saved wallet ${methodId}`),
    });
  });

  it('asks nothing about an id that is none', async () => {
    const asked = paypal.paypal.faults.calls().length;
    for (const methodId of ['', '../../v1/x', 'a'.repeat(40)]) {
      expect(await gateway.findMethod(methodId)).toBeNull();
      await gateway.removeMethod({ methodId, key: 'k' });
    }
    expect(paypal.paypal.faults.calls()).toHaveLength(asked);
  });
});
