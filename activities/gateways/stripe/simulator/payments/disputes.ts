/** Chargebacks. They come from the cardholder's bank, so the control surface starts and moves them. */
import { Hono } from 'hono';
import { missing, StripeFault } from '../fault.ts';
import { allow, textOf } from '../form.ts';
import { expandOf, page, queryOf } from '../listing.ts';
import type { Charge, Dispute, World } from '../world.ts';

/** An inquiry moves no money. */
const isInquiry = (status: string) => status.startsWith('warning_');
const CLOSED = new Set(['won', 'lost', 'warning_closed', 'prevented']);
const STATUSES = new Set([
  'needs_response',
  'under_review',
  'warning_needs_response',
  'warning_under_review',
  'appeal_needs_response',
  'appeal_under_review',
  ...CLOSED,
]);

export function openDispute(
  world: World,
  charge: Charge,
  { reason = 'general', status = 'needs_response' }: { reason?: string; status?: string } = {},
): Dispute {
  checkStatus(status);
  const base = world.base('dp', 'dispute');
  const dispute = world.dp.set(base.id, {
    ...base,
    amount: charge.amount - charge.amount_refunded,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    reason,
    status,
    is_charge_refundable: isInquiry(status),
    evidence_details: { due_by: world.seconds() + 9 * 86_400 },
  });
  world.ch.set(charge.id, { ...charge, disputed: true });
  world.emit('charge.dispute.created', dispute);
  if (!isInquiry(status)) world.emit('charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

export function moveDispute(world: World, id: string, status: string): Dispute {
  checkStatus(status);
  const before = world.dp.get(id);
  if (!before) throw missing('dispute', id);
  const dispute = world.dp.set(id, { ...before, status });
  if (isInquiry(before.status) && !isInquiry(status) && !CLOSED.has(status)) {
    world.emit('charge.dispute.funds_withdrawn', dispute);
  }
  if (status === 'won') world.emit('charge.dispute.funds_reinstated', dispute);
  world.emit(CLOSED.has(status) ? 'charge.dispute.closed' : 'charge.dispute.updated', dispute);
  return dispute;
}

/** Most become disputes unless the money is given back. */
export function warnOfFraud(world: World, charge: Charge): object {
  const warning = {
    ...world.base('issfr', 'radar.early_fraud_warning'),
    actionable: true,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    fraud_type: 'made_with_stolen_card',
  };
  world.emit('radar.early_fraud_warning.created', warning);
  return warning;
}

function checkStatus(status: string): void {
  if (!STATUSES.has(status))
    throw new StripeFault(400, { param: 'status', message: `Invalid dispute status: ${status}` });
}

export function disputeRoutes(world: World) {
  const app = new Hono();
  app.get('/v1/disputes', (c) => {
    const params = queryOf(c);
    allow(params, 'payment_intent charge created limit starting_after expand');
    const intent = textOf(params, 'payment_intent');
    return page(
      c,
      world,
      world.dp.all().filter((row) => !intent || row.payment_intent === intent),
      params,
    );
  });
  app.get('/v1/disputes/:id', (c) => {
    const dispute = world.dp.get(c.req.param('id'));
    if (!dispute) throw missing('dispute', c.req.param('id'));
    return c.json(world.show(dispute, expandOf(queryOf(c))));
  });
  return app;
}
