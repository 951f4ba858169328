/** A method stored without a payment: SetupIntents, and what happens on the hosted page in mode `setup`. */
import { Hono } from 'hono';
import { cardOf, declineMessage, type CardDecline } from '../payments/cards.ts';
import { attach, readMethod } from '../payments/customers.ts';
import { missing } from '../fault.ts';
import { allow, textOf } from '../form.ts';
import { expandOf, page, queryOf } from '../listing.ts';
import { successUrlOf, type PayAnswer } from '../page.ts';
import { newId, type PaymentMethod, type Session, type SetupIntent, type World } from '../world.ts';
import { EXPIRED, isExpired } from './behaviour.ts';

/** Stripe makes it with the page. */
export function createSetupIntent(
  world: World,
  input: Pick<SetupIntent, 'customer' | 'description' | 'metadata'>,
): SetupIntent {
  const base = world.base('seti', 'setup_intent', input.metadata);
  const intent = world.seti.set(base.id, {
    ...base,
    customer: input.customer,
    description: input.description,
    status: 'requires_payment_method',
    payment_method: null,
    last_setup_error: null,
    cancellation_reason: null,
    usage: 'off_session',
    client_secret: `${base.id}_secret_${newId('x').slice(2)}`,
  });
  world.emit('setup_intent.created', intent);
  return intent;
}

function readSetupIntent(world: World, id: string): SetupIntent {
  const intent = world.seti.get(id);
  if (!intent) throw missing('setup_intent', id, 'intent');
  return intent;
}

export function setUpRoutes(world: World) {
  const app = new Hono();
  app.get('/v1/setup_intents/:id', (c) =>
    c.json(world.show(readSetupIntent(world, c.req.param('id')), expandOf(queryOf(c)))),
  );
  app.get('/v1/setup_intents', (c) => {
    const params = queryOf(c);
    allow(params, 'customer payment_method created limit starting_after expand');
    const customer = textOf(params, 'customer');
    return page(
      c,
      world,
      world.seti.all().filter((row) => !customer || row.customer === customer),
      params,
    );
  });
  return app;
}

/** The customer offers a method on the page. @param passed  the cardholder has just passed the challenge */
export function storeMethod(
  world: World,
  session: Session,
  method: PaymentMethod,
  { passed = false }: { passed?: boolean } = {},
): PayAnswer {
  const intent = readSetupIntent(world, session.setup_intent!);
  const tried = { ...intent, payment_method: method.id, last_setup_error: null };
  const answer = isExpired(method, world.now()) ? EXPIRED : answerOf(method, passed);
  if (answer === 'challenge') {
    world.emit('setup_intent.requires_action', world.seti.set(intent.id, { ...tried, status: 'requires_action' }));
    world.cs.set(session.id, { ...session, sim: { ...session.sim, challenge: method.id } });
    return { result: 'challenge', redirect: `/c/pay/${session.id}` };
  }
  if (answer !== 'pays') return declineSetUp(world, session, answer);
  if (intent.customer) attach(world, method, intent.customer);
  world.emit('setup_intent.succeeded', world.seti.set(intent.id, { ...tried, status: 'succeeded' }));
  const complete = world.cs.set(session.id, { ...session, status: 'complete', url: null });
  world.emit('checkout.session.completed', complete);
  return { result: 'succeeded', redirect: successUrlOf(complete) };
}

/** A bank account needs no more than the mandate that the page shows. */
function answerOf(method: PaymentMethod, passed: boolean) {
  const card = cardOf(method);
  if (!card || passed) return 'pays';
  return card.setUp ?? card.onSession;
}

export function declineSetUp(world: World, session: Session, decline: CardDecline): PayAnswer {
  const intent = readSetupIntent(world, session.setup_intent!);
  const message = declineMessage(decline);
  const failed = world.seti.set(intent.id, {
    ...intent,
    status: 'requires_payment_method',
    payment_method: null,
    last_setup_error: { type: 'card_error', ...decline, message },
  });
  world.emit('setup_intent.setup_failed', failed);
  return { result: 'declined', message };
}

/** The end of a challenge on such a page. */
export function endSetUpChallenge(world: World, session: Session, approved: boolean): PayAnswer {
  const method = readMethod(world, session.sim.challenge!);
  const waiting = world.cs.set(session.id, { ...session, sim: { ...session.sim, challenge: undefined } });
  if (approved) return storeMethod(world, waiting, method, { passed: true });
  return declineSetUp(world, waiting, { code: 'setup_intent_authentication_failure' });
}
