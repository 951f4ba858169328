import { incidentTitle, type IncidentFacts } from '#domain/desk/incident-title.ts';
import { money, toJson } from '#domain/money/money.ts';
import { orderStory, type Audience, type StoryEvent, type StoryIncident } from '#domain/orders/order-story.ts';
import { orderWorkflow } from '#domain/workflows/workflow-ids.ts';
import type { Em } from '#db/orm.ts';
import type { OrderView } from '../contracts/orders.ts';
import { isoOf, isoOrNull } from '../http/sql-time.ts';
import { workflowUrl, type TemporalUi } from '../messages/temporal-links.ts';
import { shownEmail } from '../people/shown-email.ts';
import { findOrderRow, type OrderRow } from './order-rows.ts';

export interface ReadOrder {
  id: string;
  audience: Audience;
  /** Set for customers: an order of another one is not there. */
  customerId?: string | undefined;
  asOf: Date;
  ui?: TemporalUi | undefined;
}

/** An order as its page shows it, or null when there is none for whoever asks. */
export async function readOrder(em: Em, { id, audience, customerId, asOf, ui }: ReadOrder): Promise<OrderView | null> {
  const row = await findOrderRow(em, id, customerId);
  if (!row) return null;
  const events = await em.execute<{ id: string; kind: string; text: string; at: string }[]>(
    `select id, kind, text, at from order_event where order_id = ? order by at, id`,
    [id],
  );
  const staff = audience === 'staff';
  const incidents = staff ? await openIncidents(em, id) : [];
  const story = orderStory(
    {
      status: row.status,
      gateway: row.is_recorded ? 'recorded' : row.gateway,
      placedAt: new Date(row.placed_at),
      paidAt: row.paid_at ? new Date(row.paid_at) : null,
      checkoutUrl: row.checkout_url,
      checkoutExpiresAt: row.checkout_expires_at ? new Date(row.checkout_expires_at) : null,
      endedBecause: row.ended_because,
      events: events.map((event): StoryEvent => ({ ...event, at: new Date(event.at) })),
      isPaymentPending: row.is_payment_pending,
      isParked: row.is_parked,
      incidents: incidents.map((incident): StoryIncident => ({ ...incident, openedAt: new Date(incident.opened_at) })),
    },
    audience,
    asOf,
  );
  // Who has paid, as far as the gateway has it, is not asked to pay again.
  const awaiting = row.status === 'awaiting_payment' && !row.is_payment_pending && !row.is_recorded;
  return {
    ...summaryOf(row),
    checkout_url: awaiting ? row.checkout_url : null,
    checkout_expires_at: awaiting ? isoOrNull(row.checkout_expires_at) : null,
    story: {
      happened: story.happened.map(({ at, kind, text }) => ({ at: at.toISOString(), kind, text })),
      next: {
        waiting_for: story.next.waitingFor,
        text: story.next.text,
        taking_longer: story.next.takingLonger,
      },
      final: story.final,
    },
    service: serviceOf(row),
    license: licenseOf(row),
    ...(staff && {
      staff: {
        customer: buyerOf(row),
        workflow_id: orderWorkflow(id),
        workflow_url: workflowUrl(orderWorkflow(id), ui),
        ended_because: row.ended_because,
        may_record_payment: row.status === 'awaiting_payment' && !row.is_recorded && row.gateway !== 'recorded',
        wishes: {
          ...(row.wishes.nodeId && { node_id: row.wishes.nodeId }),
          ...(row.wishes.username && { username: row.wishes.username }),
          ...(row.wishes.paymentReference && { payment_reference: row.wishes.paymentReference }),
        },
        incidents: incidents.map(({ id: incidentId, step, reason, opened_at, ...at }) => ({
          id: incidentId,
          title: incidentTitle({ step, reason, ...at }),
          step,
          reason,
          opened_at: isoOf(opened_at),
        })),
      },
    }),
  };
}

type OpenIncident = IncidentFacts & { id: string; opened_at: string };
const openIncidents = (em: Em, orderId: string) =>
  em.execute<OpenIncident[]>(
    `select i.id, i.step, i.reason, i.opened_at, i.gateway, i.adapter, n.name as node
     from incident i left join node n on n.id = i.node_id where i.order_id = ? and i.status = 'open' order by i.opened_at`,
    [orderId],
  );

export const summaryOf = (row: OrderRow) => ({
  id: row.id,
  reference: row.reference,
  status: row.status,
  gateway: row.gateway,
  plan: { code: row.plan_code, name: row.plan_name },
  cycle: row.cycle,
  total: toJson(money(Number(row.total_minor), row.currency)),
  invoice_number: row.invoice_number,
  placed_at: isoOf(row.placed_at),
  paid_at: isoOrNull(row.paid_at),
  active_at: isoOrNull(row.active_at),
  ended_at: isoOrNull(row.ended_at),
});

export const buyerOf = (row: OrderRow) => ({
  id: row.customer_id,
  number: row.customer_number,
  reference: row.customer_reference,
  name: row.customer_name,
  email: shownEmail(row.customer_email),
});

const serviceOf = (row: OrderRow): OrderView['service'] =>
  (row.service_id && {
    id: row.service_id,
    reference: row.service_reference!,
    status: row.service_status!,
    username: row.username,
    node: row.node_name,
    panel_url: row.service_status === 'active' && row.username ? row.panel_url : null,
    paid_through: row.paid_through,
  }) ||
  null;

const licenseOf = (row: OrderRow): OrderView['license'] =>
  (row.license_id && {
    id: row.license_id,
    key_hint: row.key_hint!,
    status: row.license_status!,
    expires_at: isoOrNull(row.license_expires_at),
  }) ||
  null;
