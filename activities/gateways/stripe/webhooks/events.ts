/** Stripe's events as hints of ours. Pure; used by the sweep and by webhooks alike. */
import type Stripe from 'stripe';
import type { GatewayEvent } from '#activities/gateways/gateway.ts';
import { fromMetadata, type Metadata } from '../wire/reference.ts';

/** What we ask for, at the webhook endpoint and in the sweep. `events.list` takes twenty names, hence two lists. */
export const EVENT_TYPES = [
  [
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'checkout.session.expired',
    'payment_intent.succeeded',
    'payment_intent.payment_failed',
    'payment_intent.processing',
    'payment_intent.requires_action',
    'payment_intent.canceled',
    'charge.refunded',
    'refund.created',
    'refund.updated',
    'refund.failed',
  ],
  [
    'charge.dispute.created',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.funds_reinstated',
    'radar.early_fraud_warning.created',
    'payment_method.attached',
    'payment_method.detached',
    'payment_method.updated',
    'payment_method.automatically_updated',
    'customer.updated',
    'customer.deleted',
    'mandate.updated',
  ],
] as const;

const SUBJECTS: Record<string, GatewayEvent['subject']> = {
  'checkout.session': 'checkout',
  payment_intent: 'payment',
  charge: 'payment',
  refund: 'refund',
  dispute: 'dispute',
  'radar.early_fraud_warning': 'dispute',
  payment_method: 'method',
  mandate: 'method',
};

/** The few fields of any object that say what it is about. */
interface EventObject {
  id: string;
  object: string;
  metadata?: Metadata;
  payment_intent?: string | { id: string } | null;
}

export function toGatewayEvent(event: Stripe.Event): GatewayEvent {
  const about = event.data.object as unknown as EventObject;
  const subject = SUBJECTS[about.object] ?? 'other';
  const payment = about.object === 'payment_intent' ? about.id : about.payment_intent;
  const gatewayPaymentId = typeof payment === 'object' ? payment?.id : payment;
  return {
    eventId: event.id,
    type: event.type,
    createdAt: new Date(event.created * 1_000),
    livemode: event.livemode,
    subject,
    objectId: about.id,
    ...(subject === 'checkout' ? { checkoutId: about.id } : {}),
    ...(gatewayPaymentId ? { gatewayPaymentId } : {}),
    reference: fromMetadata(about.metadata),
    payload: event,
  };
}
