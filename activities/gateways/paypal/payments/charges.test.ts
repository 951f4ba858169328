import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

  it.each([
    { behaviour: 'INSTRUMENT_DECLINED', class: 'soft' },
    { behaviour: 'TRANSACTION_REFUSED', class: 'soft' },
    { behaviour: 'PAYER_CANNOT_PAY', class: 'hard' },
    { behaviour: 'AGREEMENT_ALREADY_CANCELLED', class: 'hard' },
    { behaviour: 'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED', class: 'soft' },
    { behaviour: 'COMPLIANCE_VIOLATION', class: 'merchant' },
  ])('that meets $behaviour from its second charge on is paid once, then declined as $class', async (plan) => {
    const method = await paypal.simulator.savedMethod('pays');
    await paypal.control('PUT', `/_sim/wallets/${method.methodId}`, { behaviour: plan.behaviour, from: 2 });
    expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
    const renewal = dealWith(paypal);
    expect(await gateway.charge(renewal.requests.charge(method))).toMatchObject({
      outcome: 'declined',
      decline: { class: plan.class, code: plan.behaviour },
    });
    expect(await renewal.counted()).toBe(0);
  });

  it('whose payment PayPal does not know is not charged again by asking for it', async () => {
    const method = await paypal.simulator.savedMethod('pays');
    const { key } = requests.charge(method);
    await expect(gateway.settleCharge({ gatewayPaymentId: 'NEVERMADE', key, method })).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('could not show payment NEVERMADE'),
    });
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
