/**
 * What happens on the hosted page. The same addresses serve people and programs: with `Accept: application/json` the
 * answer is a `PayAnswer` instead of a page or a redirect.
 */
import { Hono, type Context } from 'hono';
import { cardByNumber } from './cards.ts';
import { attemptPayment, createIntent, declineIntent, succeed, type Attempt } from './charging.ts';
import { createCardMethod, createDebitMethod, readMethod } from './customers.ts';
import { StripeFault } from '../fault.ts';
import { readIntent } from './intents.ts';
import { endSetUpChallenge, storeMethod } from '../methods/set-ups.ts';
import { challengePage, closedPage, payPage, successUrlOf, type PayAnswer } from '../page.ts';
import { readSession } from './sessions.ts';
import type { PaymentIntent, PaymentMethod, Session, World } from '../world.ts';

const DECLINED_CARD = '4000000000000002';
const CHALLENGED_CARD = '4000002500003155';
const UNPAID_DEBIT = { code: 'payment_method_provider_decline', decline_code: 'insufficient_funds' };

export function payRoutes(world: World) {
  const app = new Hono();

  app.get('/c/pay/:id', (c) => {
    const session = readSession(world, c.req.param('id'));
    if (session.status !== 'open') return c.html(closedPage(session), session.status === 'expired' ? 410 : 200);
    return c.html(session.sim.challenge ? challengePage(session) : payPage(session));
  });

  app.post('/c/pay/:id', async (c) => {
    const session = readSession(world, c.req.param('id'));
    const form = await c.req.parseBody();
    const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '');
    const action = text('action') || 'pay';
    if (action === 'cancel')
      return show(c, session, { result: 'canceled', redirect: session.cancel_url ?? session.success_url });
    if (action === 'twice' && session.mode === 'payment') return show(c, session, payTwice(session));
    if (session.status !== 'open') return show(c, session, { result: 'closed' });
    if (action === 'debit') return show(c, session, offer(session, createDebitMethod(world)));
    const number =
      { decline: DECLINED_CARD, challenge: CHALLENGED_CARD }[action] ?? (text('number') || '4242424242424242');
    const card = cardByNumber(number);
    if (!card)
      return show(c, session, { result: 'declined', message: 'Your card number is not a test card known here.' });
    const [month = 12, year = 34] = (text('expiry').match(/\d+/g) ?? []).map(Number);
    return show(c, session, offer(session, createCardMethod(world, card, { month, year: 2000 + (year % 100) })));
  });

  const offer = (session: Session, method: PaymentMethod): PayAnswer =>
    session.mode === 'setup' ? storeMethod(world, session, method) : pay(session, method);

  app.post('/c/pay/:id/challenge', async (c) => {
    const session = readSession(world, c.req.param('id'));
    const { challenge } = session.sim;
    if (session.status !== 'open' || !challenge) return show(c, session, { result: 'closed' });
    const { result } = await c.req.parseBody();
    if (session.mode === 'setup') return show(c, session, endSetUpChallenge(world, session, result === 'approve'));
    const intent = readIntent(world, session.payment_intent!);
    const waiting = world.cs.set(session.id, { ...session, sim: { ...session.sim, challenge: undefined } });
    if (result !== 'approve') {
      const failed = declineIntent(world, intent, { code: 'payment_intent_authentication_failure' });
      return show(c, waiting, finish(waiting, { result: 'declined', ...failed }));
    }
    const method = readMethod(world, challenge);
    return show(
      c,
      waiting,
      finish(waiting, attemptPayment(world, intent, method, { offSession: false, passed: true })),
    );
  });

  /** The intent is made at the first try and kept for the next ones. */
  function pay(session: Session, method: PaymentMethod): PayAnswer {
    const intent = session.payment_intent ? readIntent(world, session.payment_intent) : intentOf(session);
    const begun = world.cs.set(session.id, { ...session, payment_intent: intent.id });
    return finish(begun, attemptPayment(world, intent, method, { offSession: false }));
  }

  const intentOf = (session: Session): PaymentIntent =>
    createIntent(world, {
      amount: session.amount_total!,
      currency: session.currency!,
      customer: session.customer,
      ...session.sim.intent,
    });

  function finish(session: Session, attempt: Attempt): PayAnswer {
    if (attempt.result === 'declined') return { result: 'declined', message: attempt.error.message };
    if (attempt.result === 'challenge') {
      const challenge = attempt.intent.payment_method!;
      world.cs.set(session.id, { ...session, sim: { ...session.sim, challenge } });
      return { result: 'challenge', redirect: `/c/pay/${session.id}` };
    }
    const paid = attempt.result === 'succeeded';
    const complete = world.cs.set(session.id, {
      ...session,
      status: 'complete',
      payment_status: paid ? 'paid' : 'unpaid',
      url: null,
    });
    world.emit('checkout.session.completed', complete);
    return { result: attempt.result, redirect: successUrlOf(complete) };
  }

  /** Stripe lets one page be paid once; the second payment is one made beside it, as from a second page or by hand. */
  function payTwice(session: Session): PayAnswer {
    const card = cardByNumber('4242424242424242')!;
    if (session.status === 'open') pay(session, createCardMethod(world, card));
    attemptPayment(world, intentOf(session), createCardMethod(world, card), { offSession: false });
    return { result: 'succeeded', redirect: successUrlOf(session) };
  }

  /** The end of a delayed payment: the bank pays, or does not. @param id  of the checkout or the payment */
  function arrive(id: string, arrived: boolean): PaymentIntent {
    const session = world.cs.all().find((row) => row.id === id || row.payment_intent === id);
    const intent = readIntent(world, session?.payment_intent ?? id);
    if (intent.status !== 'processing') {
      throw new StripeFault(400, { message: `No money is on its way for ${id}.` });
    }
    const settled = world.pi.set(intent.id, { ...intent, sim: undefined });
    const unpaid = intent.sim?.decline ?? UNPAID_DEBIT;
    const done = arrived ? succeed(world, settled) : declineIntent(world, settled, unpaid).intent;
    if (session) {
      const ended = world.cs.set(session.id, { ...session, payment_status: arrived ? 'paid' : 'unpaid' });
      world.emit(`checkout.session.async_payment_${arrived ? 'succeeded' : 'failed'}`, ended);
    }
    return done;
  }

  const onTheWay = () =>
    world.pi.all().flatMap(({ id, status, sim }) => (status === 'processing' && sim ? { id, ...sim } : []));
  return {
    app,
    arrive,
    next: () => world.earliest(onTheWay().map(({ settlesAt }) => settlesAt)),
    /** The banks answer to the debits whose time has come. */
    tick() {
      for (const { id, settlesAt, decline } of onTheWay()) if (settlesAt <= world.seconds()) arrive(id, !decline);
    },
  };
}

function show(c: Context, session: Session, answer: PayAnswer): Response | Promise<Response> {
  if (c.req.header('accept')?.includes('application/json'))
    return c.json(answer, answer.result === 'closed' ? 410 : 200);
  if (answer.result === 'closed') return c.html(closedPage(session), 410);
  if (answer.result === 'declined') return c.html(payPage(session, answer.message), 402);
  if (answer.result === 'challenge') return c.html(challengePage(session));
  return c.redirect(answer.redirect!, 303);
}
