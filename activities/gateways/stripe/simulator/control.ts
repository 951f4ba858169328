/** The control surface of the simulated Stripe; `simulator.ts` says what is there. */
import { Hono } from 'hono';
import type { Delivery, DeliveryPlan } from '#activities/simulation/webhooks.ts';
import { missing } from './fault.ts';
import type { Idempotency, StoredError } from './idempotency.ts';
import { moveDispute, openDispute, warnOfFraud } from './payments/disputes.ts';
import { readIntent } from './payments/intents.ts';
import type { Charge, PaymentIntent, Refund, World } from './world.ts';

export interface ControlParts {
  world: World;
  idempotency: Idempotency;
  delivery: Delivery;
  target: { get(): string | undefined; set(url: string | undefined): void };
  arrive(id: string, arrived: boolean): PaymentIntent;
  turnRefund(id: string, status: Refund['status']): Refund;
}

export function controlRoutes({ world, idempotency, delivery, target, arrive, turnRefund }: ControlParts) {
  const app = new Hono();

  app.get('/_sim/webhook-target', (c) => c.json({ url: target.get() ?? null }));
  app.put('/_sim/webhook-target', async (c) => {
    const { url } = (await c.req.json()) as { url?: string | null };
    target.set(url ?? undefined);
    return c.json({ url: target.get() ?? null });
  });
  app.get('/_sim/webhooks', (c) => c.json(delivery.all()));
  app.get('/_sim/webhooks/waiting', (c) => c.json(delivery.waiting()));
  app.post('/_sim/webhooks/plan', async (c) => {
    delivery.plan((await c.req.json()) as Partial<DeliveryPlan>);
    return c.body(null, 204);
  });
  app.get('/_sim/webhooks/held', (c) => c.json(delivery.held()));
  app.post('/_sim/webhooks/release', async (c) => {
    const { eventIds } = (await c.req.json()) as { eventIds?: string[] };
    await delivery.release(eventIds ?? delivery.held().map(({ eventId }) => eventId));
    return c.json(delivery.all());
  });
  app.post('/_sim/webhooks/:id/resend', async (c) => {
    await delivery.resend(c.req.param('id'));
    return c.body(null, 204);
  });

  app.post('/_sim/stored-errors', async (c) => {
    idempotency.planError((await c.req.json()) as Partial<StoredError>);
    return c.body(null, 204);
  });
  app.put('/_sim/work', async (c) => {
    idempotency.work(((await c.req.json()) as { ms: number }).ms);
    return c.body(null, 204);
  });

  app.post('/_sim/money/:id', async (c) => {
    const { arrived = true } = (await c.req.json()) as { arrived?: boolean };
    return c.json(world.show(arrive(c.req.param('id'), arrived)));
  });
  app.post('/_sim/refunds/:id', async (c) => {
    const { status } = (await c.req.json()) as { status: Refund['status'] };
    return c.json(world.show(turnRefund(c.req.param('id'), status)));
  });

  const chargeOf = (paymentId: string): Charge => {
    const charge = world.ch.get(readIntent(world, paymentId).latest_charge ?? '');
    if (!charge) throw missing('charge', paymentId, 'payment_intent');
    return charge;
  };
  app.post('/_sim/disputes', async (c) => {
    const { payment, ...how } = (await c.req.json()) as { payment: string; reason?: string; status?: string };
    return c.json(world.show(openDispute(world, chargeOf(payment), how)), 201);
  });
  app.post('/_sim/disputes/:id', async (c) => {
    const { status } = (await c.req.json()) as { status: string };
    return c.json(world.show(moveDispute(world, c.req.param('id'), status)));
  });
  app.post('/_sim/fraud-warnings', async (c) => {
    const { payment } = (await c.req.json()) as { payment: string };
    return c.json(warnOfFraud(world, chargeOf(payment)), 201);
  });

  // The books: how often money moved for one of our references.
  const ofInvoice = <T extends { metadata: Record<string, string> }>(rows: T[], invoiceId: string | undefined) =>
    rows.filter(({ metadata }) => !invoiceId || metadata.invoice_id === invoiceId);
  const books = (rows: object[]) => ({ count: rows.length, data: rows.map((row) => world.show(row)) });

  app.get('/_sim/payments', (c) => {
    const rows = ofInvoice(world.pi.all(), c.req.query('invoice'));
    return c.json(books(rows.filter(({ status }) => status === 'succeeded')));
  });
  app.get('/_sim/events', (c) => c.json(books(world.evt.all())));
  app.get('/_sim/checkouts', (c) => c.json(books(ofInvoice(world.cs.all(), c.req.query('invoice')))));
  app.get('/_sim/set-ups', (c) => {
    const customer = c.req.query('customer');
    return c.json(
      books(world.cs.all().filter(({ mode, metadata }) => mode === 'setup' && metadata['account_id'] === customer)),
    );
  });
  app.get('/_sim/methods', (c) => {
    const owners = world.cus.all().filter(({ metadata }) => metadata['account_id'] === c.req.query('customer'));
    return c.json(books(world.pm.all().filter((row) => owners.some(({ id }) => id === row.customer))));
  });
  app.get('/_sim/refunds', (c) => {
    const payment = c.req.query('payment');
    return c.json(books(world.re.all().filter((row) => !payment || row.payment_intent === payment)));
  });
  return app;
}
