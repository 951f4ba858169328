/** What the simulated Stripe remembers, and how its objects look from outside. */
import { randomBytes } from 'node:crypto';
import type { Collection } from '#activities/simulation/store.ts';
import type { CardDecline, MethodPlan } from './payments/cards.ts';

interface Row {
  id: string;
  object: string;
  /** Epoch seconds, by the simulator's clock. */
  created: number;
  livemode: false;
  metadata: Record<string, string>;
}

export interface Customer extends Row {
  object: 'customer';
  email: string | null;
  name: string | null;
  deleted?: true;
}

export interface PaymentMethod extends Row {
  object: 'payment_method';
  type: 'card' | 'sepa_debit';
  customer: string | null;
  card?: { brand: string; last4: string; exp_month: number; exp_year: number; country: string; fingerprint: string };
  sepa_debit?: { last4: string; country: string; fingerprint: string };
  /** Never shown: which test card it is, how often it was charged, and what charges meet. */
  sim: { card?: string; charges?: number; plan?: MethodPlan | undefined; detached?: true };
}

export interface SetupIntent extends Row {
  object: 'setup_intent';
  customer: string | null;
  description: string | null;
  payment_method: string | null;
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';
  last_setup_error: Record<string, unknown> | null;
  cancellation_reason: string | null;
  usage: 'off_session';
  client_secret: string;
}

export interface PaymentIntent extends Row {
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  customer: string | null;
  description: string | null;
  payment_method: string | null;
  status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'processing'
    | 'succeeded'
    | 'canceled';
  latest_charge: string | null;
  last_payment_error: Record<string, unknown> | null;
  setup_future_usage: string | null;
  cancellation_reason: string | null;
  client_secret: string;
  /** A debit on its way: when its bank answers, and the decline if it does not pay. */
  sim?: { settlesAt: number; decline?: CardDecline | undefined } | undefined;
}

export interface Charge extends Row {
  object: 'charge';
  amount: number;
  amount_refunded: number;
  currency: string;
  customer: string | null;
  payment_intent: string;
  payment_method: string | null;
  status: 'succeeded' | 'failed' | 'pending';
  paid: boolean;
  refunded: boolean;
  disputed: boolean;
  outcome: Record<string, unknown>;
  sim: { card?: string };
}

export interface Session extends Row {
  object: 'checkout.session';
  mode: 'payment' | 'setup';
  ui_mode: string;
  status: 'open' | 'complete' | 'expired';
  payment_status: 'paid' | 'unpaid' | 'no_payment_required';
  url: string | null;
  expires_at: number;
  /** Null where nothing is paid. */
  amount_subtotal: number | null;
  amount_total: number | null;
  currency: string | null;
  customer: string | null;
  customer_details: { email: string | null; name: string | null } | null;
  client_reference_id: string | null;
  payment_intent: string | null;
  setup_intent: string | null;
  success_url: string;
  cancel_url: string | null;
  allowed_payment_method_types: string[] | null;
  adaptive_pricing: { enabled: boolean };
  sim: {
    title: string;
    intent: { metadata: Record<string, string>; description: string | null; setup_future_usage: string | null };
    /** Waiting for the cardholder: the method that is being challenged. */
    challenge?: string;
  };
}

export interface Refund extends Row {
  object: 'refund';
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  reason: string | null;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled' | 'requires_action';
  failure_reason?: string;
  /** What it turns to by itself, and when. */
  sim: { turnsTo?: 'failed' | 'succeeded'; turnsAt?: number };
}

export interface Dispute extends Row {
  object: 'dispute';
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  reason: string;
  status: string;
  is_charge_refundable: boolean;
  evidence_details: { due_by: number };
}

export interface EventRow {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  livemode: false;
  type: string;
  data: { object: unknown };
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
}

export type AnyRow = Customer | PaymentMethod | PaymentIntent | SetupIntent | Charge | Session | Refund | Dispute;

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const random = (length: number) => [...randomBytes(length)].map((byte) => BASE62[byte % 62]).join('');

/** Id lengths as Stripe's. */
const ID_LENGTH: Record<string, number> = { cs_test: 58, cus: 14, req: 14 };
export const newId = (prefix: string) => `${prefix}_${random(ID_LENGTH[prefix] ?? 24)}`;

export interface WorldConfig {
  collection: <T>(name: string) => Collection<T>;
  now: () => Date;
  apiVersion: string;
  publish: (eventId: string, type: string) => void;
}

export function createWorld({ collection, now, apiVersion, publish }: WorldConfig) {
  const rows = {
    cus: collection<Customer>('customer'),
    pm: collection<PaymentMethod>('payment_method'),
    pi: collection<PaymentIntent>('payment_intent'),
    seti: collection<SetupIntent>('setup_intent'),
    ch: collection<Charge>('charge'),
    cs: collection<Session>('session'),
    re: collection<Refund>('refund'),
    dp: collection<Dispute>('dispute'),
    evt: collection<EventRow>('event'),
  };
  const seconds = () => Math.floor(now().getTime() / 1_000);

  const earliest = (ends: number[]) => (ends.length > 0 ? new Date(Math.min(...ends) * 1_000) : undefined);

  const find = (id: string): AnyRow | undefined => {
    const table = rows[id.split('_')[0] as Exclude<keyof typeof rows, 'evt'>] as Collection<AnyRow> | undefined;
    return table?.get(id);
  };

  /** As Stripe shows it: without what only the simulator knows, with the ids in `expand` replaced by their objects. */
  const show = (row: object, expand: string[] = []): Record<string, unknown> => {
    const { sim: _, ...shown } = structuredClone(row) as Record<string, unknown>;
    for (const path of expand) {
      const [first, ...rest] = path.split('.');
      const value = shown[first!];
      const found = typeof value === 'string' ? find(value) : value;
      if (found && typeof found === 'object') shown[first!] = show(found, rest.length ? [rest.join('.')] : []);
    }
    return shown;
  };

  const base = <O extends string>(prefix: string, object: O, metadata: Record<string, string> = {}) =>
    ({ id: newId(prefix), object, created: seconds(), livemode: false, metadata }) as const;

  const emit = (type: string, object: object): EventRow => {
    const id = newId('evt');
    const event = rows.evt.set(id, {
      id,
      object: 'event',
      api_version: apiVersion,
      created: seconds(),
      livemode: false,
      type,
      data: { object: show(object) },
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
    });
    publish(event.id, type);
    return event;
  };

  return { ...rows, now, seconds, earliest, find, show, base, emit };
}
export type World = ReturnType<typeof createWorld>;

/** What `last_payment_error` and the 402 have in common. */
export type DeclineError = CardDecline & { type: 'card_error'; message: string; charge?: string };
