/** PayPal's events as hints for us: what to look at again, never what is true. */
import type { GatewayEvent } from '#activities/gateways/gateway.ts';
import { referenceOf, setUpOf } from '../wire/references.ts';
import { PaypalEvent } from '../wire/replies.ts';

/** The types our registration at PayPal asks for; `check` compares. DENIED and DECLINED both exist. */
export const EVENT_TYPES = [
  'CHECKOUT.ORDER.APPROVED',
  'CHECKOUT.ORDER.COMPLETED',
  'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
  'PAYMENT.CAPTURE.COMPLETED',
  'PAYMENT.CAPTURE.PENDING',
  'PAYMENT.CAPTURE.DENIED',
  'PAYMENT.CAPTURE.DECLINED',
  'PAYMENT.CAPTURE.REFUNDED',
  'PAYMENT.CAPTURE.REVERSED',
  'PAYMENT.REFUND.PENDING',
  'PAYMENT.REFUND.FAILED',
  'VAULT.PAYMENT-TOKEN.CREATED',
  'VAULT.PAYMENT-TOKEN.DELETED',
  'VAULT.PAYMENT-TOKEN.DELETION-INITIATED',
  'CUSTOMER.DISPUTE.CREATED',
  'CUSTOMER.DISPUTE.UPDATED',
  'CUSTOMER.DISPUTE.RESOLVED',
] as const;

type Resource = Record<string, unknown>;
type Hint = Pick<GatewayEvent, 'subject' | 'objectId' | 'reference'> &
  Partial<Pick<GatewayEvent, 'checkoutId' | 'gatewayPaymentId' | 'methodId' | 'gatewayCustomerId' | 'setUp'>>;

/** @throws ZodError when it is no event of PayPal's */
export function toGatewayEvent(raw: unknown, livemode: boolean): GatewayEvent {
  const { id, event_type: type, create_time: createdAt, resource } = PaypalEvent.parse(raw);
  return { eventId: id, type, createdAt, livemode, ...hint(type, resource), payload: raw };
}

function hint(type: string, resource: Resource): Hint {
  if (type === 'PAYMENT.CAPTURE.REFUNDED' || type.startsWith('PAYMENT.REFUND.')) return refundHint('refund', resource);
  // Money that PayPal took back: the way of a chargeback, told with a refund-like object.
  if (type === 'PAYMENT.CAPTURE.REVERSED') return refundHint('dispute', resource);
  if (type.startsWith('PAYMENT.CAPTURE.')) return captureHint(resource);
  if (type.startsWith('CHECKOUT.')) return orderHint(resource);
  if (type.startsWith('CUSTOMER.DISPUTE.')) return disputeHint(resource);
  if (type.startsWith('VAULT.PAYMENT-TOKEN.')) return tokenHint(resource);
  return { subject: 'other', objectId: text(resource['id']) ?? '', reference: null };
}

/** A payment token: of which customer of ours it says, of which set-up it does not. */
function tokenHint(token: Resource): Hint {
  const id = text(token['id']) ?? '';
  const customer = object(token['customer']);
  return {
    subject: 'method',
    objectId: id,
    methodId: id,
    gatewayCustomerId: text(customer['id']),
    setUp: setUpOf(text(customer['merchant_customer_id'])),
    reference: null,
  };
}

function captureHint(capture: Resource): Hint {
  const id = text(capture['id']) ?? '';
  const related = object(object(capture['supplementary_data'])['related_ids']);
  return {
    subject: 'payment',
    objectId: id,
    gatewayPaymentId: id,
    checkoutId: text(related['order_id']),
    reference: referenceOf(text(capture['custom_id'])),
  };
}

/** A refund names its capture only in the link upwards. */
function refundHint(subject: 'refund' | 'dispute', refund: Resource): Hint {
  const up = list(refund['links']).find(({ rel }) => rel === 'up');
  const gatewayPaymentId = /\/captures\/([^/?]+)$/.exec(text(up?.['href']) ?? '')?.[1];
  return { subject, objectId: text(refund['id']) ?? '', gatewayPaymentId, reference: null };
}

function orderHint(order: Resource): Hint {
  const id = text(order['order_id']) ?? text(order['id']) ?? '';
  const unit = list(order['purchase_units'])[0] ?? {};
  const capture = list(object(unit['payments'])['captures'])[0];
  return {
    subject: 'checkout',
    objectId: id,
    checkoutId: id,
    gatewayPaymentId: text(capture?.['id']),
    reference: referenceOf(text(unit['custom_id'])),
  };
}

function disputeHint(dispute: Resource): Hint {
  const disputed = list(dispute['disputed_transactions'])[0] ?? {};
  return {
    subject: 'dispute',
    objectId: text(dispute['dispute_id']) ?? '',
    gatewayPaymentId: text(disputed['seller_transaction_id']),
    reference: referenceOf(text(disputed['custom'])),
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const object = (value: unknown): Resource => (typeof value === 'object' && value !== null ? (value as Resource) : {});
const list = (value: unknown): Resource[] => (Array.isArray(value) ? value.map(object) : []);
