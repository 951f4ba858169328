import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listed, sampleRequests } from '#activities/gateways/gateway.contract.ts';
import type { ChargeOutcome, GatewayEvent } from '#activities/gateways/gateway.ts';
import { startStripe } from '../testing/harness.ts';

const DAY = 86_400_000;

describe('refunds and disputes at Stripe', () => {
  let stripe: Awaited<ReturnType<typeof startStripe>>;
  let requests: ReturnType<typeof sampleRequests>;
  beforeEach(async () => {
    stripe = await startStripe();
    requests = sampleRequests();
  });
  afterEach(() => stripe.close());

  const charged = async (card = 'pm_card_visa'): Promise<string> => {
    const outcome = await stripe.gateway.charge(requests.charge(await stripe.keepMethod(card)));
    return (outcome as Extract<ChargeOutcome, { outcome: 'paid' }>).payment.gatewayPaymentId;
  };
  const events = async (): Promise<GatewayEvent[]> => listed(stripe.gateway, new Date(Date.now() - 60_000));
  const types = async (subject: GatewayEvent['subject']) =>
    (await events()).filter((event) => event.subject === subject).map(({ type }) => type);

  it('refunds once although the answer was lost and the key is forgotten', async () => {
    const payment = await charged();
    await stripe.simulator.plan({ kind: 'lost-answer', method: 'POST', path: '^/v1/refunds$' });
    await expect(stripe.gateway.refund(requests.refund(payment))).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    await stripe.simulator.clearFaults();
    stripe.stripe.advance(2 * DAY);
    expect(await stripe.gateway.refund(requests.refund(payment))).toMatchObject({ outcome: 'refunded' });
    expect(await stripe.simulator.countRefunds(payment)).toBe(1);
  });

  it.each([true, false])('refunds once although Stripe keeps a 500 (after the effect: %s)', async (after) => {
    const payment = await charged();
    await stripe.control('/stored-errors', { path: '^/v1/refunds$', after });
    await expect(stripe.gateway.refund(requests.refund(payment))).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    expect(await stripe.gateway.refund(requests.refund(payment))).toMatchObject({ outcome: 'refunded' });
    expect(await stripe.simulator.countRefunds(payment)).toBe(1);
  });

  it('carries our row and the credit note on the refund', async () => {
    const payment = await charged();
    await stripe.gateway.refund(requests.refund(payment, 500));
    const { refundId, creditNoteNumber } = requests.refund(payment);
    expect(stripe.stripe.world.re.all()).toMatchObject([
      { amount: 500, metadata: { env: 'sandbox', refund_id: refundId, credit_note: creditNoteNumber } },
    ]);
  });

  it('says that a refund failed which had succeeded at first', async () => {
    const payment = await charged('pm_card_refundFail');
    expect(await stripe.gateway.refund(requests.refund(payment))).toMatchObject({ outcome: 'refunded' });
    stripe.stripe.advance(61_000);
    expect(await types('refund')).toEqual(['refund.created', 'refund.updated', 'refund.failed']);
    expect(await stripe.gateway.refund(requests.refund(payment))).toEqual({
      outcome: 'failed',
      gatewayRefundId: expect.stringMatching(/^re_/),
      reason: 'expired_or_canceled_card',
    });
  });

  it('says that a refund is pending, and refunded when it is', async () => {
    const payment = await charged('pm_card_pendingRefund');
    expect(await stripe.gateway.refund(requests.refund(payment))).toMatchObject({ outcome: 'pending' });
    stripe.stripe.advance(61_000);
    expect(await stripe.gateway.refund(requests.refund(payment))).toMatchObject({ outcome: 'refunded' });
  });

  it('does not give back what the cardholder already takes back', async () => {
    const payment = await charged('pm_card_createDispute');
    expect(await stripe.gateway.refund(requests.refund(payment))).toEqual({
      outcome: 'failed',
      reason: expect.stringContaining('has been charged back'),
    });
  });

  it('refuses to refund what is not a Stripe payment, or one that was never paid', async () => {
    await expect(stripe.gateway.refund(requests.refund('CAPTURE-1'))).rejects.toMatchObject({ name: 'VendorRefused' });
    await expect(stripe.gateway.refund(requests.refund('pi_unknown'))).rejects.toMatchObject({ name: 'VendorRefused' });
  });

  it('reports a dispute as facts about the payment, which stays found as paid', async () => {
    const payment = await charged('pm_card_createDispute');
    const about = (await events()).filter(({ subject }) => subject === 'dispute');
    expect(about.map(({ type }) => type)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
    expect(about.every(({ gatewayPaymentId }) => gatewayPaymentId === payment)).toBe(true);
    expect(about[0]).toMatchObject({ objectId: expect.stringMatching(/^dp_/), reference: null });
    expect(await stripe.gateway.find(payment)).toMatchObject({ gatewayPaymentId: payment });
  });

  it.each([
    { status: 'won', after: ['charge.dispute.funds_reinstated', 'charge.dispute.closed'] },
    { status: 'lost', after: ['charge.dispute.closed'] },
    { status: 'under_review', after: ['charge.dispute.updated'] },
  ])('reports how a dispute goes on: $status', async ({ status, after }) => {
    const payment = await charged();
    const { id } = await stripe.control<{ id: string }>('/disputes', { payment, reason: 'fraudulent' });
    await stripe.control(`/disputes/${id}`, { status });
    expect((await types('dispute')).slice(2)).toEqual(after);
  });

  it('moves no money for an inquiry or a warning of fraud', async () => {
    const payment = await charged();
    await stripe.control('/disputes', { payment, status: 'warning_needs_response' });
    await stripe.control('/fraud-warnings', { payment });
    expect(await types('dispute')).toEqual(['charge.dispute.created', 'radar.early_fraud_warning.created']);
    expect(await stripe.gateway.refund(requests.refund(payment))).toMatchObject({ outcome: 'refunded' });
  });

  it('lists more events than fit on a page, each once, oldest first', async () => {
    const request = requests.charge(await stripe.keepMethod('pm_card_visa'));
    for (let n = 0; n < 110; n += 1) {
      await stripe.gateway.charge({ ...request, key: `sandbox:pi:${n}`, attemptId: `attempt-${n}` });
    }
    const paid = (await events()).filter(({ type }) => type === 'payment_intent.succeeded');
    expect(paid.map(({ reference }) => reference?.attemptId)).toEqual(
      Array.from({ length: 110 }, (_, n) => `attempt-${n}`),
    );
  });
});
