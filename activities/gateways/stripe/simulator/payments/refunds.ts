/** `/v1/refunds`. */
import { Hono } from 'hono';
import { TEST_CARDS } from './cards.ts';
import { missing, StripeFault } from '../fault.ts';
import { allow, intOf, metadataOf, required, textOf } from '../form.ts';
import { readIntent } from './intents.ts';
import { bodyOf, expandOf, page, queryOf } from '../listing.ts';
import type { Charge, Refund, World } from '../world.ts';

/** How long a test card's refund stays what it first was. */
const TURNS_AFTER_SECONDS = 60;

const heldBack = (refund: Refund) => !['failed', 'canceled'].includes(refund.status);

export const refundsOf = (world: World, charge: string): Refund[] =>
  world.re.all().filter((row) => row.charge === charge);

export function refundRoutes(world: World) {
  const app = new Hono();

  app.post('/v1/refunds', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'payment_intent amount reason metadata expand');
    const intent = readIntent(world, required(textOf(params, 'payment_intent'), 'payment_intent'));
    const charge = intent.latest_charge ? world.ch.get(intent.latest_charge) : undefined;
    if (!charge || intent.status !== 'succeeded') {
      const message = `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`;
      throw new StripeFault(400, { param: 'payment_intent', message });
    }
    const reason = textOf(params, 'reason') ?? null;
    if (reason && !['duplicate', 'fraudulent', 'requested_by_customer'].includes(reason)) {
      throw new StripeFault(400, { param: 'reason', message: `Invalid reason: ${reason}` });
    }
    const left = refundable(charge);
    const amount = intOf(params, 'amount') ?? left;
    if (amount < 1) throw new StripeFault(400, { param: 'amount', message: 'Invalid positive integer' });
    if (amount > left) {
      const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
      throw new StripeFault(400, { param: 'amount', message });
    }
    const base = world.base('re', 'refund', metadataOf(params));
    const refund = world.re.set(base.id, {
      ...base,
      amount,
      currency: charge.currency,
      charge: charge.id,
      payment_intent: intent.id,
      reason,
      ...fate(charge),
    });
    sumUp(charge);
    world.emit('refund.created', refund);
    world.emit('charge.refunded', world.ch.get(charge.id)!);
    return c.json(world.show(refund, expandOf(params)));
  });

  app.get('/v1/refunds', (c) => {
    const params = queryOf(c);
    allow(params, 'payment_intent charge created limit starting_after expand');
    const intent = textOf(params, 'payment_intent');
    return page(
      c,
      world,
      world.re.all().filter((row) => !intent || row.payment_intent === intent),
      params,
    );
  });

  app.get('/v1/refunds/:id', (c) => c.json(world.show(read(c.req.param('id')), expandOf(queryOf(c)))));

  function read(id: string): Refund {
    const refund = world.re.get(id);
    if (!refund) throw missing('refund', id);
    return refund;
  }

  function refundable(charge: Charge): number {
    if (world.dp.all().some((row) => row.charge === charge.id && !row.is_charge_refundable)) {
      const message = `Charge ${charge.id} has been charged back; cannot issue a refund.`;
      throw new StripeFault(400, { code: 'charge_disputed', message });
    }
    const left = charge.amount - charge.amount_refunded;
    if (left > 0) return left;
    const message = `Charge ${charge.id} has already been refunded.`;
    throw new StripeFault(400, { code: 'charge_already_refunded', message });
  }

  function fate(charge: Charge): Pick<Refund, 'status' | 'sim'> {
    const turnsAt = world.seconds() + TURNS_AFTER_SECONDS;
    const afterwards = TEST_CARDS.find(({ name }) => name === charge.sim.card)?.afterwards;
    if (afterwards === 'refund_fails') return { status: 'succeeded', sim: { turnsTo: 'failed', turnsAt } };
    if (afterwards === 'refund_pending') return { status: 'pending', sim: { turnsTo: 'succeeded', turnsAt } };
    return { status: 'succeeded', sim: {} };
  }

  /** What failed or was canceled is ours again. */
  function sumUp(charge: Charge): void {
    const refunded = refundsOf(world, charge.id)
      .filter(heldBack)
      .reduce((sum, { amount }) => sum + amount, 0);
    world.ch.set(charge.id, { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount });
  }

  const turn = (id: string, status: Refund['status']): Refund => {
    const before = read(id);
    const failed = status === 'failed';
    const refund = world.re.set(id, {
      ...before,
      status,
      sim: {},
      ...(failed ? { failure_reason: 'expired_or_canceled_card' } : {}),
    });
    sumUp(world.ch.get(refund.charge)!);
    world.emit('refund.updated', refund);
    if (failed) world.emit('refund.failed', refund);
    return refund;
  };

  return {
    app,
    turn,
    next: () => world.earliest(world.re.all().flatMap(({ sim }) => (sim.turnsTo ? sim.turnsAt! : []))),
    /** Turns those whose time has come. */
    tick() {
      for (const { id, sim } of world.re.all()) {
        if (sim.turnsTo && sim.turnsAt! <= world.seconds()) turn(id, sim.turnsTo);
      }
    },
  };
}
