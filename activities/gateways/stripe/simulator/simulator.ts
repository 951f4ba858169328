/**
 * A Stripe that runs beside us: the real SDK talks to it unchanged, a person can pay on its page, and it delivers
 * signed webhooks. Never reachable in production. Source: `stripe` 23.1 and Stripe's API reference, version 2026-10-28.endive.
 *
 * The hosted page, for people and programs (`Accept: application/json` answers `PayAnswer` of `simulator/pay.ts`):
 *   GET  /c/pay/<checkout>                       the page, on which one pays or stores a method
 *   POST /c/pay/<checkout>                       form: number, expiry, cvc, email, and
 *                                                action = pay (unless told) | decline | challenge | debit | twice | cancel
 *   POST /c/pay/<checkout>/challenge             form: result = approve | fail
 * Beside the controls of `simulation/simulator.ts`, in JSON:
 *   GET, PUT /_sim/webhook-target                { url }
 *   GET  /_sim/webhooks                          every delivery and its tries
 *   GET  /_sim/webhooks/waiting                  those on their way
 *   POST /_sim/webhooks/plan                     { delayMs, copies, drop: [type or "*"], hold }
 *   GET  /_sim/webhooks/held
 *   POST /_sim/webhooks/release                  { eventIds }: in this order; all of them without it
 *   POST /_sim/webhooks/<event>/resend
 *   POST /_sim/money/<checkout or payment>       { arrived }: the end of a debit; by itself a week after it was begun
 *   PUT  /_sim/methods/<method>                  { from, decline: { code, decline_code, advice_code } }: charges from the nth
 *                                                on are declined so, a debit when its time has come; null ends it
 *   POST /_sim/methods/<method>/update           { exp_month, exp_year, last4 }: the account updater has a new card
 *   POST /_sim/refunds/<refund>                  { status }: what a bank makes of it later
 *   POST /_sim/disputes                          { payment, reason, status }; /_sim/disputes/<dispute> { status }
 *   POST /_sim/fraud-warnings                    { payment }
 *   POST /_sim/stored-errors                     { path, after, times }: a 500 that is kept under its idempotency key
 *   PUT  /_sim/work                              { ms }: how long each POST holds its key
 *   GET  /_sim/events                            what happened, oldest first
 *   GET  /_sim/set-ups?customer= /_sim/methods?customer=    of one of ours: { count, data }
 *   GET  /_sim/payments?invoice= /_sim/checkouts?invoice= /_sim/refunds?payment=    { count, data }
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import Stripe from 'stripe';
import { createSimulator, frontPage } from '#activities/simulation/simulator.ts';
import { createDelivery } from '#activities/simulation/webhooks.ts';
import { EVENT_TYPES } from '../webhooks/events.ts';
import { controlRoutes } from './control.ts';
import { customerRoutes } from './payments/customers.ts';
import { disputeRoutes } from './payments/disputes.ts';
import { errorBody, StripeFault } from './fault.ts';
import { createIdempotency } from './idempotency.ts';
import { intentRoutes } from './payments/intents.ts';
import { behaviourRoutes } from './methods/behaviour.ts';
import { setUpRoutes } from './methods/set-ups.ts';
import { payRoutes } from './payments/pay.ts';
import { readRoutes } from './reads.ts';
import { refundRoutes } from './payments/refunds.ts';
import { sessionRoutes } from './payments/sessions.ts';
import { createWorld, newId } from './world.ts';

export interface StripeSimulatorConfig {
  secretKey: string;
  /** Signs webhooks, `whsec_…`. */
  webhookSecret: string;
  /** Where webhooks go; also settable while it runs. Without one nothing is delivered. */
  webhookUrl?: string | undefined;
  /** How browsers reach it; the address the API was called at unless told. */
  publicUrl?: string | undefined;
  stateFile?: string | undefined;
  /** What signatures are dated by: receivers compare it with their own clock. The machine's unless told. */
  wireClock?: (() => Date) | undefined;
}

const API_VERSION = '2026-10-28.endive';
const TICK_MS = 5_000;

export function createStripeSimulator({
  secretKey,
  webhookSecret,
  webhookUrl,
  publicUrl,
  stateFile,
  wireClock = () => new Date(),
}: StripeSimulatorConfig) {
  const simulator = createSimulator({ name: 'Stripe', errorBody, stateFile });
  const { app, clock, collection } = simulator;

  const settings = collection<{ url?: string | undefined }>('setting');
  const target = {
    get: () => settings.get('webhook-target')?.url,
    set: (url: string | undefined) => void settings.set('webhook-target', { url }),
  };
  if (webhookUrl) target.set(webhookUrl);

  const enabled = new Set<string>(EVENT_TYPES.flat());
  const world = createWorld({
    collection,
    now: clock.now,
    apiVersion: API_VERSION,
    publish: (eventId, type) => {
      if (target.get() && enabled.has(type)) delivery.deliver(eventId, type);
    },
  });
  const delivery = createDelivery(simulator, (eventId) => {
    const url = target.get();
    const event = world.evt.get(eventId);
    if (!url || !event) return null;
    const body = JSON.stringify(event, null, 2);
    // Signed with the time of the wire, not of the simulated calendar.
    const timestamp = Math.floor(wireClock().getTime() / 1_000);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: webhookSecret, timestamp });
    return { url, body, headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature } };
  });

  const idempotency = createIdempotency(simulator);
  const sessions = sessionRoutes(world, (id, requestUrl) => `${publicUrl ?? new URL(requestUrl).origin}/c/pay/${id}`);
  const refunds = refundRoutes(world);
  const payments = payRoutes(world);

  app.use('/v1/*', async (c, next) => {
    c.header('request-id', newId('req'));
    c.header('stripe-version', c.req.header('stripe-version') ?? API_VERSION);
    const key = c.req.header('authorization')?.replace(/^Bearer /, '');
    if (key !== secretKey) {
      const given = key ? `Invalid API Key provided: ${key.slice(0, 8)}****` : 'You did not provide an API key.';
      throw new StripeFault(401, { message: given });
    }
    await next();
  });
  app.use('/v1/*', idempotency.middleware);
  clock.onTime(sessions, refunds, payments);
  const timer = setInterval(clock.tick, TICK_MS).unref();

  for (const routes of [customerRoutes, intentRoutes, setUpRoutes, disputeRoutes, readRoutes, behaviourRoutes]) {
    app.route('/', routes(world));
  }
  for (const { app: routes } of [sessions, refunds, payments]) app.route('/', routes);
  app.route(
    '/',
    controlRoutes({ world, idempotency, delivery, target, arrive: payments.arrive, turnRefund: refunds.turn }),
  );
  frontPage(simulator, 'Its payment pages open from orders: place one in the portal.');
  app.notFound((c) => {
    const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}).`;
    return c.json({ error: { type: 'invalid_request_error', message } }, 404);
  });
  app.onError((error, c) => {
    if (error instanceof StripeFault) return c.json({ error: error.error }, error.status as ContentfulStatusCode);
    return c.json({ error: { type: 'api_error', message: `The simulator broke: ${error.message}` } }, 500);
  });

  return {
    app,
    simulator,
    world,
    delivery,
    idempotency,
    setWebhookTarget: target.set,
    /** Moves the clock, and everything that waits for it. */
    advance: clock.advance,
    stop() {
      clearInterval(timer);
      delivery.stop();
    },
  };
}
export type StripeSimulator = ReturnType<typeof createStripeSimulator>;
