/** How a stored method behaves when it is charged, beyond what its test card says. */
import { Hono } from 'hono';
import type { CardDecline, MethodPlan } from '../payments/cards.ts';
import { readMethod } from '../payments/customers.ts';
import { StripeFault } from '../fault.ts';
import type { PaymentMethod, World } from '../world.ts';

export const EXPIRED: CardDecline = { code: 'expired_card', advice_code: 'confirm_card_data' };

/** A card is good to the end of its month. */
export function isExpired({ card }: PaymentMethod, now: Date): boolean {
  return card !== undefined && now.getTime() >= Date.UTC(card.exp_year, card.exp_month);
}

/** Counts the charge, and says why it is declined whatever its card would say; undefined if it is not. */
export function meetMethod(world: World, method: PaymentMethod): CardDecline | undefined {
  const charges = (method.sim.charges ?? 0) + 1;
  world.pm.set(method.id, { ...method, sim: { ...method.sim, charges } });
  const { plan } = method.sim;
  if (plan && charges >= (plan.from ?? 1)) return plan.decline;
  return isExpired(method, world.now()) ? EXPIRED : undefined;
}

export function behaviourRoutes(world: World) {
  const app = new Hono();

  app.put('/_sim/methods/:id', async (c) => {
    const method = readMethod(world, c.req.param('id'));
    const plan = (await c.req.json()) as MethodPlan | null;
    world.pm.set(method.id, { ...method, sim: { ...method.sim, charges: 0, plan: plan ?? undefined } });
    return c.body(null, 204);
  });

  // The card network tells Stripe of the card that follows: another date, or another number.
  app.post('/_sim/methods/:id/update', async (c) => {
    const method = readMethod(world, c.req.param('id'));
    if (!method.card) throw new StripeFault(400, { message: 'Only cards are updated by their network.' });
    const change = (await c.req.json()) as Partial<NonNullable<PaymentMethod['card']>>;
    const updated = world.pm.set(method.id, {
      ...method,
      card: { ...method.card, ...change },
      sim: { ...method.sim, plan: undefined },
    });
    world.emit('payment_method.automatically_updated', updated);
    return c.json(world.show(updated));
  });

  return app;
}
