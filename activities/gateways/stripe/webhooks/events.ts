/** Stripe's events as hints of ours. Pure; used by the sweep and by webhooks alike. */
import type Stripe from 'stripe';
import type { GatewayEvent } from '#activities/gateways/gateway.ts';
import { fromMetadata, setUpOf, type Metadata } from '../wire/reference.ts';

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
    'setup_intent.succeeded',
    'setup_intent.setup_failed',
    'setup_intent.requires_action',
    'setup_intent.canceled',
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
  setup_intent: 'method',
  mandate: 'method',
};

type Id = string | { id: string } | null | undefined;

/** The few fields of any object that say what it is about. */
interface EventObject {
  id: string;
  object: string;
  /** Of a checkout session. */
  mode?: string;
  metadata?: Metadata;
  payment_intent?: Id;
  payment_method?: Id;
  customer?: Id;
}

export function toGatewayEvent(event: Stripe.Event): GatewayEvent {
  const about = event.data.object as unknown as EventObject;
  // A page on which nothing is paid is about the method that it stores.
  const isSetUp = about.object === 'checkout.session' && about.mode === 'setup';
  const subject = isSetUp ? 'method' : (SUBJECTS[about.object] ?? 'other');
  const gatewayPaymentId = idOf(about.object === 'payment_intent' ? about.id : about.payment_intent);
  return {
    eventId: event.id,
    type: event.type,
    createdAt: new Date(event.created * 1_000),
    livemode: event.livemode,
    subject,
    objectId: about.id,
    ...(subject === 'checkout' || isSetUp ? { checkoutId: about.id } : {}),
    ...(gatewayPaymentId ? { gatewayPaymentId } : {}),
    ...(subject === 'method' ? aboutMethod(about) : {}),
    reference: fromMetadata(about.metadata),
    payload: event,
  };
}

/** One that was detached has no customer any more. */
const aboutMethod = (about: EventObject): Pick<GatewayEvent, 'methodId' | 'gatewayCustomerId' | 'setUp'> => ({
  methodId: idOf(about.object === 'payment_method' ? about.id : about.payment_method),
  gatewayCustomerId: idOf(about.customer),
  setUp: setUpOf(about.metadata),
});

const idOf = (object: Id): string | undefined => (typeof object === 'object' ? object?.id : object);
