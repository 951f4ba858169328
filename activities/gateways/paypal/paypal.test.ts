import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { money } from '#domain/money.ts';
import { sampleRequests } from '../gateway.harness.ts';
import { createPaypalGateway } from './adapter.ts';
import { CREDENTIALS, startPaypal, type PaypalHarness } from './testing.ts';
import type { OrderPlan, OrderRow } from './simulator/world.ts';

const HOUR = 3_600_000;
const TOKEN = '/v1/oauth2/token';

let paypal: PaypalHarness;
let gateway: PaypalHarness['gateway'];
let requests: ReturnType<typeof sampleRequests>;
beforeEach(async () => {
  paypal = await startPaypal();
  ({ gateway } = paypal);
  requests = sampleRequests();
});
afterEach(() => paypal.close());

const calls = (path: string) => paypal.paypal.faults.calls().filter((call) => call.path === path);
const row = (id: string) => paypal.control<OrderRow>('GET', `/_sim/orders/${id}`);
const plan = (id: string, wanted: OrderPlan) => paypal.control('PUT', `/_sim/orders/${id}/plan`, wanted);
const counted = () => paypal.simulator.countPayments(requests.reference.invoiceId);

/** A checkout whose buyer agreed, and whose capture goes as planned. */
async function approved(planned: OrderPlan = {}) {
  const { checkoutId } = await gateway.checkout(requests.checkout);
  await paypal.press('pay', checkoutId);
  await plan(checkoutId, planned);
  return checkoutId;
}
async function settled(checkoutId: string) {
  const state = await gateway.settle(requests.handle(checkoutId));
  if (state.state !== 'paid') throw new Error(`it is ${state.state}`);
  return state.payment;
}
const paid = async () => settled(await approved());

describe('signing in', () => {
  it('happens once for any number of first calls', async () => {
    await Promise.all(Array.from({ length: 8 }, () => gateway.find('5O190127TN364715T')));
    expect(calls(TOKEN)).toHaveLength(1);
  });

  it.each([
    { kind: 'error-before', name: 'VendorUnavailable' },
    { kind: 'lost-answer', name: 'VendorUnavailable' },
    { kind: 'truncated', name: 'VendorUnavailable' },
    { kind: 'html', name: 'VendorUnavailable' },
    { kind: 'rate-limit', name: 'VendorUnavailable' },
    { kind: 'redirect', name: 'VendorRefused' },
    { kind: 'unauthorized', name: 'VendorUnauthorized' },
  ] as const)('that fails ($kind) poisons nothing: the next call tries again', async ({ kind, name }) => {
    paypal.simulator.plan({ kind, path: TOKEN, times: 1 });
    await expect(gateway.checkout(requests.checkout)).rejects.toMatchObject({ name });
    expect(await gateway.checkout(requests.checkout)).toMatchObject({ checkoutId: expect.any(String) });
    expect(calls('/v2/checkout/orders')).toHaveLength(1);
  });

  it('is done anew when PayPal forgets a token that looks good, and the call is repeated once', async () => {
    const { checkoutId } = await gateway.checkout(requests.checkout);
    await paypal.control('DELETE', '/_sim/tokens');
    const states = await Promise.all([1, 2, 3].map(() => gateway.settle(requests.handle(checkoutId))));
    expect(states).toEqual([{ state: 'open' }, { state: 'open' }, { state: 'open' }]);
    expect(calls(TOKEN)).toHaveLength(2);
  });

  it('is done anew for the calls that the SDK lacks as well', async () => {
    await gateway.listEvents(new Date());
    await paypal.control('DELETE', '/_sim/tokens');
    expect(await gateway.listEvents(new Date())).toEqual([]);
    expect(calls(TOKEN)).toHaveLength(2);
  });

  it('is done anew when nine hours are over', async () => {
    await gateway.find('5O190127TN364715T');
    paypal.simulator.advance(10 * HOUR);
    expect(await gateway.find('5O190127TN364715T')).toBeNull();
  });

  it('tells no secret when it fails', async () => {
    await paypal.simulator.expireCredentials();
    const error = await gateway.checkout(requests.checkout).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'VendorUnauthorized', message: expect.stringContaining('invalid_client') });
    const { message, stack } = error as Error;
    expect(`${message}${stack}`).not.toContain(CREDENTIALS.clientSecret);
    expect(`${message}${stack}`).not.toContain(CREDENTIALS.clientId);
  });
});

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

describe('what changes something at PayPal', () => {
  it('carries a request id made from our key, and asks for the whole answer', async () => {
    const sent: { path: string; id: string | null; prefer: string | null }[] = [];
    const spying: typeof fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      const { pathname: path } = new URL(String(url));
      const id = headers.get('paypal-request-id');
      if (init?.method === 'POST' && id) sent.push({ path, id, prefer: headers.get('prefer') });
      return fetch(url, init);
    };
    gateway = createPaypalGateway({ ...paypal.config, fetch: spying });
    const { gatewayPaymentId, checkoutId } = await paid();
    const charge = requests.charge(await paypal.simulator.savedMethod('pays'), 2);
    await gateway.charge({ ...charge, invoiceNumber: 'INV-OTHER' });
    const refund = requests.refund(gatewayPaymentId);
    await gateway.refund(refund);
    const prefer = 'return=representation';
    expect(sent).toEqual([
      { path: '/v2/checkout/orders', id: requests.checkout.key, prefer },
      { path: `/v2/checkout/orders/${checkoutId}/capture`, id: `${requests.handle('').key}-cap`, prefer },
      { path: '/v2/checkout/orders', id: charge.key, prefer },
      { path: `/v2/payments/captures/${gatewayPaymentId}/refund`, id: refund.key, prefer },
    ]);
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
    expect(await gateway.listEvents(new Date(Date.now() - HOUR))).toContainEqual(
      expect.objectContaining({
        type: 'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
        subject: 'checkout',
        checkoutId,
        reference: requests.reference,
      }),
    );
  });
});

describe('a wallet', () => {
  it('that PayPal stores late is found at the next look; the payment does not wait for it', async () => {
    const checkoutId = await approved({ vault: 'later' });
    const first = await gateway.settle(requests.handle(checkoutId));
    expect(first).toMatchObject({ state: 'paid', payment: { method: undefined } });
    const { walletId, customerId } = await row(checkoutId);
    await lookUntil(async () => (await settled(checkoutId)).method !== undefined);
    expect((await settled(checkoutId)).method).toEqual({
      methodId: walletId,
      gatewayCustomerId: customerId,
      kind: 'paypal',
    });
  });

  it('that PayPal fails to store leaves the payment good', async () => {
    expect(await gateway.settle(requests.handle(await approved({ vault: 'never' })))).toMatchObject({
      state: 'paid',
      payment: { method: undefined },
    });
  });

  it.each([
    { behaviour: 'PENDING', expected: { outcome: 'pending', reason: 'PENDING_REVIEW' } },
    {
      behaviour: 'DECLINED',
      expected: { outcome: 'declined', decline: { class: 'soft' }, gatewayPaymentId: expect.any(String) },
    },
    { behaviour: 'PAYER_ACCOUNT_RESTRICTED', expected: { outcome: 'declined', decline: { class: 'hard' } } },
    { behaviour: 'PAYEE_ACCOUNT_RESTRICTED', expected: { outcome: 'declined', decline: { class: 'merchant' } } },
    { behaviour: 'REDIRECT_PAYER_FOR_ALTERNATE_FUNDING', expected: { outcome: 'action_required' } },
  ])('that meets $behaviour is charged with the outcome $expected.outcome', async ({ behaviour, expected }) => {
    const wallet = await paypal.control<{ id: string; customer: { id: string } }>('POST', '/_sim/wallets', {
      behaviour,
    });
    const method = { methodId: wallet.id, gatewayCustomerId: wallet.customer.id };
    expect(await gateway.charge(requests.charge(method))).toMatchObject(expected);
    expect(await counted()).toBe(0);
  });

  it('that the buyer removed at PayPal is a hard decline', async () => {
    const method = await paypal.simulator.savedMethod('pays');
    await paypal.control('DELETE', `/_sim/wallets/${method.methodId}`);
    expect(await gateway.charge(requests.charge(method))).toMatchObject({
      outcome: 'declined',
      decline: { class: 'hard', code: 'TOKEN_ID_NOT_FOUND' },
    });
  });
});

/** Repeats a look until it sees something; each look is a request, so nothing here waits by the clock. */
async function lookUntil(look: () => Promise<boolean>) {
  for (let n = 0; n < 500; n += 1) if (await look()) return;
  throw new Error('it never came');
}

describe('an invoice is paid once', () => {
  it('although its request id is forgotten after six hours', async () => {
    const method = await paypal.simulator.savedMethod('pays');
    const first = await gateway.charge(requests.charge(method));
    paypal.simulator.advance(7 * HOUR);
    expect(await gateway.charge(requests.charge(method))).toMatchObject({
      outcome: 'paid',
      payment: { gatewayPaymentId: (first as { payment: { gatewayPaymentId: string } }).payment.gatewayPaymentId },
    });
    expect(await counted()).toBe(1);
  });

  it('although another attempt paid it on the page: its payment is adopted, with its own reference', async () => {
    const payment = await paid();
    const charge = { ...requests.charge(await paypal.simulator.savedMethod('pays')), attemptId: 'another' };
    expect(await gateway.charge(charge)).toMatchObject({
      outcome: 'paid',
      payment: { gatewayPaymentId: payment.gatewayPaymentId, reference: requests.reference },
    });
    expect(await counted()).toBe(1);
  });

  it('although two pages are open: the second capture adopts the first payment', async () => {
    const first = await approved();
    const second = { ...requests.checkout, key: `${requests.checkout.key}-2` };
    const { checkoutId } = await gateway.checkout(second);
    await paypal.press('pay', checkoutId);
    const one = await gateway.settle(requests.handle(first));
    const two = await gateway.settle({ ...requests.handle(checkoutId), key: 'sandbox:cap:2' });
    expect(two).toMatchObject({ state: 'paid' });
    expect((two as { payment: object }).payment).toMatchObject({
      gatewayPaymentId: (one as { payment: { gatewayPaymentId: string } }).payment.gatewayPaymentId,
    });
    expect(await counted()).toBe(1);
  });

  it('and is looked for in the transactions when the events do not go back that far', async () => {
    const payment = await paid();
    paypal.simulator.advance(30 * 24 * HOUR);
    const charge = { ...requests.charge(await paypal.simulator.savedMethod('pays'), 2), attemptId: 'another' };
    expect(await gateway.charge(charge)).toMatchObject({
      outcome: 'paid',
      payment: { gatewayPaymentId: payment.gatewayPaymentId },
    });
  });

  it('but a payment of another environment under the same number is never taken for ours', async () => {
    await paid();
    const charge = { ...requests.charge(await paypal.simulator.savedMethod('pays')), env: 'production', key: 'other' };
    await expect(gateway.charge(charge)).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('environment sandbox'),
    });
  });

  it('and a payment that PayPal does not show yet is unknown, never charged again', async () => {
    await paid();
    paypal.simulator.advance(40 * 24 * HOUR);
    const charge = { ...requests.charge(await paypal.simulator.savedMethod('pays'), 2), attemptId: 'another' };
    await expect(gateway.charge(charge)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
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

describe('a refund', () => {
  it('is not made twice after PayPal forgot its request id', async () => {
    const { gatewayPaymentId } = await paid();
    const first = await gateway.refund(requests.refund(gatewayPaymentId, 500));
    paypal.simulator.advance(46 * 24 * HOUR);
    expect(await gateway.refund(requests.refund(gatewayPaymentId, 500))).toEqual(first);
    expect(await paypal.simulator.countRefunds(gatewayPaymentId)).toBe(1);
  });

  it('that staff made at PayPal is not taken for ours', async () => {
    const { gatewayPaymentId } = await paid();
    await paypal.control('POST', `/_sim/captures/${gatewayPaymentId}/refund`);
    expect(await gateway.refund(requests.refund(gatewayPaymentId))).toEqual({
      outcome: 'failed',
      reason: 'CAPTURE_FULLY_REFUNDED',
    });
  });

  it('of an unknown payment fails', async () => {
    expect(await gateway.refund(requests.refund('3C679366HH908993F'))).toMatchObject({ outcome: 'failed' });
  });

  it('waits for a person while the payment is pending', async () => {
    const checkoutId = await approved({ capture: 'PENDING', reason: 'ECHECK' });
    await gateway.settle(requests.handle(checkoutId));
    const { capture } = await row(checkoutId);
    await expect(gateway.refund(requests.refund(capture!.id))).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('Wait until PayPal has completed the payment'),
    });
  });

  it('in part waits for a person while a dispute is open', async () => {
    const { gatewayPaymentId } = await paid();
    await paypal.control('POST', '/_sim/disputes', { captureId: gatewayPaymentId });
    await expect(gateway.refund(requests.refund(gatewayPaymentId, 100))).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('Settle the open case'),
    });
  });
});

describe('events', () => {
  it('name the payment of a refund, a reversal and a dispute', async () => {
    const { gatewayPaymentId } = await paid();
    await gateway.refund(requests.refund(gatewayPaymentId, 100));
    await paypal.control('POST', `/_sim/captures/${gatewayPaymentId}/reverse`);
    await paypal.control('POST', '/_sim/disputes', { captureId: gatewayPaymentId });
    const events = await gateway.listEvents(new Date(Date.now() - HOUR));
    const about = (type: string) => events.find((event) => event.type === type);
    expect(about('PAYMENT.CAPTURE.REFUNDED')).toMatchObject({ subject: 'refund', gatewayPaymentId, reference: null });
    expect(about('PAYMENT.CAPTURE.REVERSED')).toMatchObject({ subject: 'dispute', gatewayPaymentId });
    expect(about('CUSTOMER.DISPUTE.CREATED')).toMatchObject({
      subject: 'dispute',
      gatewayPaymentId,
      reference: requests.reference,
    });
    expect(about('VAULT.PAYMENT-TOKEN.CREATED')).toMatchObject({ subject: 'method' });
    expect(about('CHECKOUT.ORDER.APPROVED')).toMatchObject({ subject: 'checkout', reference: requests.reference });
  });

  it('are listed over all pages, each once', async () => {
    for (let n = 0; n < 310; n += 1) await paypal.control('POST', '/_sim/wallets', {});
    const events = await gateway.listEvents(new Date(Date.now() - HOUR));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(310);
    expect(calls('/v1/notifications/webhooks-events')).toHaveLength(2);
  });
});

describe('a wrong configuration', () => {
  it('of the webhook is named by the check', async () => {
    const wrong = createPaypalGateway({ ...paypal.config, webhookId: 'WH-WRONG' });
    const { ok, steps } = await wrong.check();
    expect(ok).toBe(false);
    expect(steps.filter((step) => !step.ok).map(({ name }) => name)).toEqual(['Find our webhook registration']);
  });

  it('never sends live credentials to another address', () => {
    expect(() => createPaypalGateway({ ...paypal.config, environment: 'live' })).toThrow('one address');
  });

  it('of a simulator without an address is refused', () => {
    expect(() => createPaypalGateway({ ...paypal.config, baseURL: undefined })).toThrow('PAYPAL_API_BASE');
  });
});
