import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listed } from '#activities/gateways/gateway.harness.ts';
import { dealWith, startPaypal, type Dealings, type PaypalHarness } from '../testing/harness.ts';

const HOUR = 3_600_000;

let paypal: PaypalHarness;
let gateway: PaypalHarness['gateway'];
let requests: Dealings['requests'];
let approved: Dealings['approved'];
let paid: Dealings['paid'];
let row: Dealings['row'];
let calls: Dealings['calls'];
beforeEach(async () => {
  paypal = await startPaypal();
  ({ gateway } = paypal);
  ({ requests, approved, paid, row, calls } = dealWith(paypal));
});
afterEach(() => paypal.close());

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

  it('that an event names is found although PayPal has forgotten the order', async () => {
    const { gatewayPaymentId, checkoutId } = await paid();
    const request = requests.refund(gatewayPaymentId);
    const made = await gateway.refund(request);
    const { gatewayRefundId } = made;
    await paypal.simulator.plan({
      kind: 'error-before',
      status: 404,
      method: 'GET',
      path: `^/v2/checkout/orders/${checkoutId}$`,
    });
    expect(await gateway.findRefunds(request)).toEqual([]);
    expect(await gateway.findRefunds({ ...request, gatewayRefundId })).toEqual([{ ...made, number: 1 }]);
    const ofAnother = { ...request, refundId: 'another', creditNoteNumber: undefined, gatewayRefundId };
    expect(await gateway.findRefunds(ofAnother)).toEqual([]);
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
    const events = await listed(gateway, new Date(Date.now() - HOUR));
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
    const events = await listed(gateway, new Date(Date.now() - HOUR));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(310);
    expect(calls('/v1/notifications/webhooks-events')).toHaveLength(2);
  });
});
