import { isId, newId } from '#domain/ids.ts';
import { orderWorkflow, settlementWorkflow, SIGNALS, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import { inTransaction, type Em, type Orm } from '../orm.ts';
import { jsonText } from '../pending-rows.ts';
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
 * `told`: the order's workflow will look; `settled`: no order waits for it, so a settlement of its own will look;
 * `known`: what it speaks of is booked; `ignored`: of no consequence here; `duplicate`: seen before.
 */
export type Intake = 'told' | 'settled' | 'known' | 'ignored' | 'duplicate';

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
    const about = ignored ? undefined : await whatWeKnow(em, delivery);
    const known = about?.booked && (event.subject === 'payment' || event.subject === 'checkout');
    const inboxId = await record(em, delivery, ignored ? 'ignored' : known ? 'told' : null, asOf);
    if (!inboxId) return 'duplicate';
    if (ignored) return 'ignored';
    if (known) return 'known';
    // An order that is paid may be parked for days; a second payment, or a dispute, does not wait for it.
    if (!about?.waits) {
      startLater(
        em,
        { workflowId: settlementWorkflow(inboxId), type: WORKFLOW_TYPES.settlePayment, args: [{ inboxId }] },
        asOf,
      );
      return 'settled';
    }
    const signal = { signal: SIGNALS.paymentReported, args: [inboxId], key: inboxId };
    signalLater(em, { workflowId: orderWorkflow(about.orderId), ...signal }, asOf);
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
  outcome: 'ignored' | 'told' | null,
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

interface Known {
  orderId: string;
  /** The order is not paid yet, so its workflow looks for money. */
  waits: boolean;
  /** The money it speaks of has paid an invoice. */
  booked: boolean;
}

/** Our own record of the checkout or payment comes before what the event says about itself (HOOK-04). */
async function whatWeKnow(em: Em, { gateway, account, event }: Delivery): Promise<Known | undefined> {
  const { checkoutId = null, gatewayPaymentId = null, reference } = event;
  const attemptId = uuidOrNull(reference?.attemptId);
  const [known] = await em.execute<Known[]>(
    `select a.order_id as "orderId",
       not exists (select 1 from payment_attempt p where p.order_id = a.order_id and p.status = 'succeeded') as waits,
       a.status = 'succeeded' and case when ?::text is null then coalesce(a.checkout_id = ?::text, false)
         else coalesce(a.gateway_payment_id = ?::text, false) end as booked
     from payment_attempt a
     where a.gateway = ? and a.account = ? and a.order_id is not null
       and (a.checkout_id = ?::text or a.gateway_payment_id = ?::text or a.id = ?::uuid)
     order by coalesce(a.checkout_id = ?::text, false) desc, coalesce(a.gateway_payment_id = ?::text, false) desc
     limit 1`,
    [
      gatewayPaymentId,
      checkoutId,
      gatewayPaymentId,
      gateway,
      account,
      checkoutId,
      gatewayPaymentId,
      attemptId,
      checkoutId,
      gatewayPaymentId,
    ],
  );
  return known;
}

/** Somebody else's objects may carry anything where we write our ids. */
const uuidOrNull = (text: string | undefined): string | null => (text && isId(text) ? text : null);
