import { newId } from '#domain/ids.ts';
import { orderWorkflow, settlementWorkflow, SIGNALS, WORKFLOW_TYPES } from '#domain/workflow-ids.ts';
import { inTransaction, type Em, type Orm } from './orm.ts';
import { signalLater, startLater } from './outbox.ts';

/** A genuine event, and the endpoint or sweep it came by. */
export interface Delivery {
  gateway: string;
  /** Slug from the endpoint's address, compared with the configuration before. */
  account: string;
  source: 'webhook' | 'sweep';
  event: InboxEvent;
}

/** What the inbox keeps of a gateway's event; the shape of `GatewayEvent`. */
export interface InboxEvent {
  eventId: string;
  type: string;
  createdAt: Date;
  livemode: boolean;
  subject: 'checkout' | 'payment' | 'refund' | 'dispute' | 'method' | 'other';
  objectId: string;
  checkoutId?: string | undefined;
  gatewayPaymentId?: string | undefined;
  reference: { env: string; invoiceId: string; attemptId: string } | null;
  payload: unknown;
}

export interface Ours {
  /** What we write on every object; events that carry another environment are not ours. */
  env: string;
  /** False where the account takes test payments. */
  livemode: boolean;
}

/**
 * `told`: the order's workflow will look; `settled`: no order waits, so a settlement of its own will look;
 * `ignored`: recorded, and of no consequence here; `duplicate`: seen before.
 */
export type Intake = 'told' | 'settled' | 'ignored' | 'duplicate';

/**
 * Records an event once and, in the same transaction, the command that makes a workflow look at it. The event is a
 * hint: nothing here decides about money, and neither Temporal nor the gateway is asked.
 */
export function takeIn(orm: Orm, delivery: Delivery, ours: Ours, asOf: Date): Promise<Intake> {
  const { event } = delivery;
  const foreign = event.livemode !== ours.livemode || (event.reference !== null && event.reference.env !== ours.env);
  // A saved method or a changed address moves no money; it lies in the inbox for whoever needs it.
  const ignored = foreign || event.subject === 'method' || event.subject === 'other';
  return inTransaction(orm, async (em) => {
    const inboxId = await record(em, delivery, ignored ? 'ignored' : null, asOf);
    if (!inboxId) return 'duplicate';
    if (ignored) return 'ignored';
    const orderId = await orderOf(em, delivery);
    if (!orderId) {
      startLater(
        em,
        { workflowId: settlementWorkflow(inboxId), type: WORKFLOW_TYPES.settlePayment, args: [{ inboxId }] },
        asOf,
      );
      return 'settled';
    }
    const signal = { signal: SIGNALS.paymentReported, args: [inboxId], key: inboxId };
    signalLater(em, { workflowId: orderWorkflow(orderId), ...signal }, asOf);
    return 'told';
  });
}

/** Of a gateway's events those that no row is of. */
export async function missing<E extends Pick<InboxEvent, 'eventId'>>(
  orm: Orm,
  gateway: string,
  events: readonly E[],
): Promise<E[]> {
  if (events.length === 0) return [];
  const rows = await orm.em
    .fork()
    .execute<{ event_id: string }[]>(
      `select event_id from webhook_inbox where gateway = ? and event_id in (select jsonb_array_elements_text(?::jsonb))`,
      [gateway, JSON.stringify(events.map(({ eventId }) => eventId))],
    );
  const there = new Set(rows.map((row) => row.event_id));
  return events.filter(({ eventId }) => !there.has(eventId));
}

/** @returns the id of the new row, or undefined when the event is there already */
async function record(
  em: Em,
  { gateway, account, source, event }: Delivery,
  outcome: 'ignored' | null,
  asOf: Date,
): Promise<string | undefined> {
  const [row] = await em.execute<{ id: string }[]>(
    `insert into webhook_inbox (id, gateway, account, event_id, type, subject, object_id, checkout_id, gateway_payment_id,
       invoice_id, attempt_id, source, livemode, payload, event_at, received_at, outcome)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (gateway, event_id) do nothing returning id`,
    [
      newId(),
      gateway,
      account,
      event.eventId,
      event.type,
      event.subject,
      event.objectId,
      event.checkoutId ?? null,
      event.gatewayPaymentId ?? null,
      uuidOrNull(event.reference?.invoiceId),
      uuidOrNull(event.reference?.attemptId),
      source,
      event.livemode,
      jsonText(event.payload),
      event.createdAt,
      asOf,
      outcome,
    ],
  );
  return row?.id;
}

/** Our own record of the checkout or payment comes before what the event says about itself (HOOK-04). */
async function orderOf(em: Em, { gateway, account, event }: Delivery): Promise<string | undefined> {
  const { checkoutId = null, gatewayPaymentId = null, reference } = event;
  const attemptId = uuidOrNull(reference?.attemptId);
  const [attempt] = await em.execute<{ order_id: string }[]>(
    `select order_id from payment_attempt
     where gateway = ? and account = ? and order_id is not null
       and (checkout_id = ?::text or gateway_payment_id = ?::text or id = ?::uuid)
     order by coalesce(checkout_id = ?::text, false) desc, coalesce(gateway_payment_id = ?::text, false) desc
     limit 1`,
    [gateway, account, checkoutId, gatewayPaymentId, attemptId, checkoutId, gatewayPaymentId],
  );
  return attempt?.order_id;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Somebody else's objects may carry anything where we write our ids. */
const uuidOrNull = (text: string | undefined): string | null => (text && UUID.test(text) ? text : null);

/** jsonb holds no NUL; the payload is kept for people, so it may lose one. */
const jsonText = (payload: unknown): string =>
  JSON.stringify(payload, (_key, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '') : value));
