import { isId, newId } from '#domain/ids.ts';
import { orderWorkflow, settlementWorkflow, SIGNALS, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import type { Orm } from '../orm.ts';
import { jsonText } from '../pending-rows.ts';
import { change, makeChange, query, queryOne, statement } from '../statements.ts';
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

/** Our own record of the checkout or payment comes before what the event says about itself (HOOK-04). */
const READ_KNOWN = statement<Known>(
  'read_known_of_event',
  `select a.order_id as "orderId",
     not exists (select 1 from payment_attempt p where p.order_id = a.order_id and p.status = 'succeeded') as waits,
     a.status = 'succeeded' and case when $gatewayPaymentId::text is null then coalesce(a.checkout_id = $checkoutId::text, false)
       else coalesce(a.gateway_payment_id = $gatewayPaymentId::text, false) end as booked
   from payment_attempt a
   where a.gateway = $gateway and a.account = $account and a.order_id is not null
     and (a.checkout_id = $checkoutId::text or a.gateway_payment_id = $gatewayPaymentId::text or a.id = $attemptId::uuid)
   order by coalesce(a.checkout_id = $checkoutId::text, false) desc,
     coalesce(a.gateway_payment_id = $gatewayPaymentId::text, false) desc
   limit 1`,
);
interface Known {
  orderId: string;
  /** The order is not paid yet, so its workflow looks for money. */
  waits: boolean;
  /** The money it speaks of has paid an invoice. */
  booked: boolean;
}

/** Nothing is changed when the event is there already. */
const RECORD = change<{ id: string }>(
  'record_event',
  `with changed as (
     insert into webhook_inbox (id, gateway, account, event_id, type, subject, object_id, checkout_id, gateway_payment_id,
       invoice_id, attempt_id, source, livemode, payload, event_at, received_at, outcome)
     values ($inboxId, $gateway, $account, $eventId, $type, $subject, $objectId, $checkoutId, $gatewayPaymentId, $invoiceId,
       $attemptId, $source, $livemode, $payload, $createdAt, $asOf, $outcome)
     on conflict (gateway, event_id) do nothing returning id
   )`,
);

/** Of these events those that are there. */
const READ_THERE = statement<{ eventId: string }>(
  'read_events_there',
  `select event_id as "eventId" from webhook_inbox where gateway = $gateway and event_id = any($eventIds::text[])`,
);

/**
 * Records an event once and, in the same statement, the command that makes a workflow look at it. The event is a
 * hint: nothing here decides about money, and neither Temporal nor the gateway is asked.
 */
export async function takeIn(orm: Orm, delivery: Delivery, ours: Ours, asOf: Date): Promise<Intake> {
  const { gateway, account, source, event } = delivery;
  const { payload, reference, checkoutId = null, gatewayPaymentId = null, ...rest } = event;
  const foreign = event.livemode !== ours.livemode || (reference !== null && reference.env !== ours.env);
  const about = {
    gateway,
    account,
    checkoutId,
    gatewayPaymentId,
    invoiceId: uuidOrNull(reference?.invoiceId),
    attemptId: uuidOrNull(reference?.attemptId),
  };
  // A saved method or a changed address moves no money; it lies in the inbox for whoever needs it.
  const ignored = foreign || event.subject === 'method' || event.subject === 'other';
  const known = ignored ? undefined : await queryOne(orm, READ_KNOWN, about);
  const intake = ignored ? 'ignored' : whoLooks(event, known);

  const inboxId = newId();
  const outcome = { ignored: 'ignored', known: 'told', told: null, settled: null }[intake];
  const row = { ...rest, ...about, inboxId, source, payload: jsonText(payload), asOf, outcome };
  const recorded = await makeChange(orm, RECORD, row, (rows) => {
    if (intake === 'settled') {
      const start = {
        workflowId: settlementWorkflow(inboxId),
        type: WORKFLOW_TYPES.settlePayment,
        args: [{ inboxId }],
      };
      startLater(rows, start, asOf);
    }
    if (intake === 'told') {
      const signal = { signal: SIGNALS.paymentReported, args: [inboxId], key: inboxId };
      signalLater(rows, { workflowId: orderWorkflow(known!.orderId), ...signal }, asOf);
    }
  });
  return recorded.length > 0 ? intake : 'duplicate';
}

function whoLooks({ subject }: InboxEvent, known: Known | undefined): 'told' | 'settled' | 'known' {
  if (known?.booked && (subject === 'payment' || subject === 'checkout')) return 'known';
  // An order that is paid may be parked for days; a second payment, or a dispute, does not wait for it.
  return known?.waits ? 'told' : 'settled';
}

/** Of a gateway's events those that no row is of. */
export async function missing<E extends Pick<InboxEvent, 'eventId'>>(
  orm: Orm,
  gateway: string,
  events: readonly E[],
): Promise<E[]> {
  if (events.length === 0) return [];
  const rows = await query(orm, READ_THERE, { gateway, eventIds: events.map(({ eventId }) => eventId) });
  const there = new Set(rows.map(({ eventId }) => eventId));
  return events.filter(({ eventId }) => !there.has(eventId));
}

/** Somebody else's objects may carry anything where we write our ids. */
const uuidOrNull = (text: string | undefined): string | null => (text && isId(text) ? text : null);
