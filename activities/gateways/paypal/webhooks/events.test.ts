import { describe, expect, it } from '@jest/globals';
import { toGatewayEvent } from './events.ts';

const event = (event_type: string, resource: unknown) => ({
  id: 'WH-1',
  event_type,
  create_time: '2026-06-01T12:00:00.000Z',
  resource,
});
const capture = { id: 'CAP', custom_id: 'sandbox:inv:att', supplementary_data: { related_ids: { order_id: 'ORD' } } };
const reference = { env: 'sandbox', invoiceId: 'inv', attemptId: 'att' };
const up = (href: string) => ({
  id: 'REF',
  links: [
    { rel: 'self', href: '/x' },
    { rel: 'up', href },
  ],
});

describe('an event', () => {
  it.each([
    ...['COMPLETED', 'PENDING', 'DENIED', 'DECLINED'].map((status) => ({
      type: `PAYMENT.CAPTURE.${status}`,
      resource: capture,
      hint: { subject: 'payment', objectId: 'CAP', gatewayPaymentId: 'CAP', checkoutId: 'ORD', reference },
    })),
    {
      type: 'CHECKOUT.ORDER.APPROVED',
      resource: { id: 'ORD', purchase_units: [{ custom_id: 'sandbox:inv:att' }] },
      hint: { subject: 'checkout', objectId: 'ORD', checkoutId: 'ORD', gatewayPaymentId: undefined, reference },
    },
    {
      type: 'CHECKOUT.ORDER.COMPLETED',
      resource: { id: 'ORD', purchase_units: [{ payments: { captures: [{ id: 'CAP' }] } }] },
      hint: { subject: 'checkout', checkoutId: 'ORD', gatewayPaymentId: 'CAP', reference: null },
    },
    {
      type: 'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
      resource: { order_id: 'ORD', purchase_units: [{ custom_id: 'sandbox:inv:att' }] },
      hint: { subject: 'checkout', objectId: 'ORD', checkoutId: 'ORD', reference },
    },
    {
      type: 'PAYMENT.CAPTURE.REFUNDED',
      resource: up('https://api-m.paypal.com/v2/payments/captures/CAP'),
      hint: { subject: 'refund', objectId: 'REF', gatewayPaymentId: 'CAP', reference: null },
    },
    {
      type: 'PAYMENT.REFUND.FAILED',
      resource: up('https://api-m.paypal.com/v2/payments/captures/CAP'),
      hint: { subject: 'refund', objectId: 'REF', gatewayPaymentId: 'CAP' },
    },
    {
      type: 'PAYMENT.CAPTURE.REVERSED',
      resource: up('https://api-m.paypal.com/v2/payments/captures/CAP'),
      hint: { subject: 'dispute', objectId: 'REF', gatewayPaymentId: 'CAP' },
    },
    {
      type: 'CUSTOMER.DISPUTE.CREATED',
      resource: { dispute_id: 'PP-D-1', disputed_transactions: [{ seller_transaction_id: 'CAP' }] },
      hint: { subject: 'dispute', objectId: 'PP-D-1', gatewayPaymentId: 'CAP', reference: null },
    },
    ...['CREATED', 'DELETED', 'DELETION-INITIATED'].map((what) => ({
      type: `VAULT.PAYMENT-TOKEN.${what}`,
      resource: { id: 'tok', customer: { id: 'ppc', merchant_customer_id: 'sandbox.cust-1' } },
      hint: {
        subject: 'method',
        objectId: 'tok',
        methodId: 'tok',
        gatewayCustomerId: 'ppc',
        setUp: { env: 'sandbox', customerId: 'cust-1' },
        reference: null,
      },
    })),
    {
      type: 'VAULT.PAYMENT-TOKEN.CREATED',
      resource: { id: 'tok', customer: { id: 'ppc', merchant_customer_id: 'somebody-else' } },
      hint: { subject: 'method', methodId: 'tok', setUp: null },
    },
    {
      type: 'VAULT.PAYMENT-TOKEN.DELETED',
      resource: { id: 'tok' },
      hint: { subject: 'method', objectId: 'tok', gatewayCustomerId: undefined, setUp: null },
    },
    { type: 'BILLING.PLAN.CREATED', resource: { id: 'P-1' }, hint: { subject: 'other', objectId: 'P-1' } },
    { type: 'PAYMENT.CAPTURE.COMPLETED', resource: {}, hint: { subject: 'payment', objectId: '', reference: null } },
    { type: 'CHECKOUT.ORDER.APPROVED', resource: { purchase_units: 'x' }, hint: { subject: 'checkout', objectId: '' } },
  ])('$type is about a $hint.subject', ({ type, resource, hint }) => {
    const raw = event(type, resource);
    expect(toGatewayEvent(raw, true)).toMatchObject({ eventId: 'WH-1', type, livemode: true, payload: raw, ...hint });
  });

  it.each([null, [], {}, { id: 'WH-1' }, { ...event('X', {}), id: '' }, { ...event('X', {}), create_time: 'soon' }])(
    '%j is none',
    (raw) => expect(() => toGatewayEvent(raw, false)).toThrow(),
  );
});
