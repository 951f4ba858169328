/** What tests and the sandbox may bend, under `/_sim/`. The list is at the top of `../simulator.ts`. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { DeliveryPlan } from '#activities/simulation/webhooks.ts';
import type { SigningKeys } from './signing/keys.ts';
import type { Notifications } from './signing/notifications.ts';
import { endPending, failRefund, refundCapture, showOrder } from './payments.ts';
import { disputeView, refundView, walletView } from './views.ts';
import { jsonBody, missing, moneyOf, Refusal, text, type Call } from './wire.ts';
import { newId, type DisputeRow, type Machine, type OrderPlan, type OrderRow } from './world.ts';
import { removeWallet, storeWallet } from './vault/wallets.ts';

export interface ControlParts {
  machine: Machine;
  notifications: Notifications;
  keys: () => SigningKeys;
}

export function controlRoutes(app: Hono<{ Bindings: HttpBindings }>, { machine, notifications, keys }: ControlParts) {
  const { world, emit, base } = machine;
  const { delivery } = notifications;
  const done = (c: Call) => c.body(null, 204);

  app.put('/_sim/webhook-target', async (c) => {
    const url = text((await jsonBody(c))['url']);
    if (!url || !URL.canParse(url)) throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX', 'url');
    world.change({ webhookUrl: url });
    return done(c);
  });
  app.get('/_sim/trust', (c) => c.json({ hosts: [base()], roots: [keys().caPem] }));
  app.get('/_sim/webhooks', (c) => c.json(delivery.all()));
  app.get('/_sim/webhooks/waiting', (c) => c.json(delivery.waiting()));
  app.post('/_sim/webhooks/plan', async (c) => {
    delivery.plan((await jsonBody(c)) as Partial<DeliveryPlan>);
    return done(c);
  });
  app.get('/_sim/webhooks/held', (c) => c.json(delivery.held()));
  app.post('/_sim/webhooks/release', async (c) => {
    const { eventIds } = (await jsonBody(c)) as { eventIds?: string[] };
    await delivery.release(eventIds ?? delivery.held().map(({ eventId }) => eventId));
    return done(c);
  });

  app.put('/_sim/credentials', async (c) => {
    const { clientId, clientSecret, lacks } = await jsonBody(c);
    world.change({
      clientId: text(clientId) ?? world.settings().clientId,
      clientSecret: text(clientSecret) ?? world.settings().clientSecret,
      lacks: text(lacks),
    });
    revokeTokens();
    return done(c);
  });
  const revokeTokens = () => {
    for (const { token } of world.tokens.all()) world.tokens.delete(token);
  };
  app.delete('/_sim/tokens', (c) => {
    revokeTokens();
    return done(c);
  });
  app.post('/_sim/broken-links', async (c) => {
    world.change({ brokenLinks: Number((await jsonBody(c))['times'] ?? 1) });
    return done(c);
  });

  const orderOf = (id: string): OrderRow => {
    const order = world.order(id) ?? world.orderOf(id);
    if (!order) throw missing();
    return order;
  };
  app.put('/_sim/orders/:id/plan', async (c) => {
    const order = orderOf(c.req.param('id'));
    return c.json(showOrder(machine, world.save({ ...order, plan: (await jsonBody(c)) as OrderPlan })));
  });
  app.get('/_sim/orders/:id', (c) => {
    const order = world.orders.get(c.req.param('id')) ?? world.orderOf(c.req.param('id'));
    if (!order) throw missing();
    return c.json(order);
  });
  app.get('/_sim/orders', (c) => {
    const found = world.orders.all().filter(mentions(c.req.query('reference') ?? ''));
    return c.json({ count: found.length, orders: found.map((order) => showOrder(machine, order)) });
  });
  app.get('/_sim/payments', (c) => {
    const found = world.orders
      .all()
      .filter(mentions(c.req.query('reference') ?? ''))
      .filter(hasPaid);
    return c.json({ count: found.length, payments: found.map((order) => showOrder(machine, order)) });
  });

  app.get('/_sim/setups', (c) => {
    const found = world.setups.all().filter((row) => row.merchantCustomerId?.includes(c.req.query('customer') ?? ''));
    return c.json({ count: found.length, setups: found });
  });
  app.get('/_sim/wallets', (c) => {
    const found = world.wallets.all().filter((row) => row.merchantCustomerId?.includes(c.req.query('customer') ?? ''));
    return c.json({ count: found.length, wallets: found });
  });

  app.post('/_sim/captures/:id/:end{complete|decline}', (c) => {
    const status = c.req.param('end') === 'complete' ? 'COMPLETED' : 'DECLINED';
    return c.json(showOrder(machine, endPending(machine, orderOf(c.req.param('id')), status)));
  });
  app.post('/_sim/captures/:id/refund', async (c) => {
    const order = orderOf(c.req.param('id'));
    const refund = refundCapture(machine, order, await jsonBody(c));
    return c.json(refundView(order, refund, base()), 201);
  });
  app.post('/_sim/refunds/:id/fail', (c) =>
    c.json(showOrder(machine, failRefund(machine, orderOf(c.req.param('id')), c.req.param('id')))),
  );
  app.post('/_sim/captures/:id/reverse', (c) => {
    const order = orderOf(c.req.param('id'));
    const taken = { id: newId(), status: 'COMPLETED' as const, amount: order.amount, createdAt: world.at() };
    emit('PAYMENT.CAPTURE.REVERSED', 'refund', refundView(order, taken, base()), 'A payment was reversed.');
    return done(c);
  });

  const tell = (dispute: DisputeRow, what: string) => {
    const row = world.disputes.set(dispute.id, dispute);
    const view = disputeView(row, world.orderOf(row.captureId), base());
    emit(`CUSTOMER.DISPUTE.${what}`, 'dispute', view, `A dispute was ${what.toLowerCase()}.`);
    return view;
  };
  app.post('/_sim/disputes', async (c) => {
    const body = await jsonBody(c);
    const captureId = text(body['captureId']) ?? '';
    const order = orderOf(captureId);
    const dispute: DisputeRow = {
      id: `PP-R-${newId(3)}-${newId(8)}`,
      captureId,
      reason: text(body['reason']) ?? 'UNAUTHORISED',
      amount: body['amount'] ? moneyOf(body['amount'], 'amount') : order.amount,
      status: 'OPEN',
      createdAt: world.at(),
      updatedAt: world.at(),
    };
    return c.json(tell(dispute, 'CREATED'), 201);
  });
  app.post('/_sim/disputes/:id/resolve', async (c) => {
    const dispute = world.disputes.get(c.req.param('id'));
    if (!dispute) throw missing();
    const outcome = text((await jsonBody(c))['outcome']) ?? 'RESOLVED_BUYER_FAVOUR';
    return c.json(tell({ ...dispute, status: 'RESOLVED', outcome, updatedAt: world.at() }, 'RESOLVED'));
  });

  app.post('/_sim/wallets', async (c) => {
    const { behaviour, email } = await jsonBody(c);
    const wallet = storeWallet(machine, {
      id: newId().toLowerCase(),
      customerId: newId(22).toLowerCase(),
      email: text(email) ?? 'buyer@example.com',
      behaviour: text(behaviour) ?? 'COMPLETED',
    });
    return c.json(walletView(wallet, base()), 201);
  });
  app.put('/_sim/wallets/:id', async (c) => {
    const wallet = world.wallets.get(c.req.param('id'));
    if (!wallet) throw missing();
    const { behaviour, from } = await jsonBody(c);
    const plan = { behaviour: text(behaviour) ?? 'COMPLETED', from: from === undefined ? undefined : Number(from) };
    world.wallets.set(wallet.id, { ...wallet, ...plan });
    return done(c);
  });
  app.delete('/_sim/wallets/:id', (c) => {
    removeWallet(machine, c.req.param('id'));
    return done(c);
  });
}

const hasPaid = ({ capture }: OrderRow) => capture !== undefined && !['PENDING', 'DECLINED'].includes(capture.status);
/** By any part of `custom_id`, or by invoice number. */
const mentions = (reference: string) => (order: OrderRow) =>
  order.invoiceId === reference ||
  order.customId === reference ||
  (order.customId?.split(':').includes(reference) ?? false);
