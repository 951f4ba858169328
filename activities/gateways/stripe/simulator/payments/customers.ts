/** Customers and their payment methods. */
import { Hono } from 'hono';
import { cardByName, type TestCard } from './cards.ts';
import { allow, metadataOf, required, textOf } from '../form.ts';
import { missing, StripeFault } from '../fault.ts';
import { bodyOf, expandOf, page, queryOf } from '../listing.ts';
import type { Customer, PaymentMethod, World } from '../world.ts';

const NOT_ATTACHED = 'The payment method you provided is not attached to a customer so detachment is impossible.';

export function readCustomer(world: World, id: string, param = 'id', status = 404): Customer {
  const customer = world.cus.get(id);
  if (!customer || customer.deleted) throw missing('customer', id, param, status);
  return customer;
}

export function readMethod(world: World, id: string, param = 'id', status = 404): PaymentMethod {
  const method = world.pm.get(id);
  if (!method) throw missing('PaymentMethod', id, param, status);
  return method;
}

export function createCardMethod(world: World, card: TestCard, expiry = { month: 12, year: 2034 }): PaymentMethod {
  const base = world.base('pm', 'payment_method');
  return world.pm.set(base.id, {
    ...base,
    type: 'card',
    customer: null,
    card: {
      brand: card.brand,
      last4: card.number.slice(-4),
      exp_month: expiry.month,
      exp_year: expiry.year,
      country: 'US',
      fingerprint: `sim${card.number.slice(-8)}`,
    },
    sim: { card: card.name },
  });
}

export function createDebitMethod(world: World): PaymentMethod {
  const base = world.base('pm', 'payment_method');
  const sepa_debit = { last4: '3000', country: 'DE', fingerprint: 'simsepa3000' };
  return world.pm.set(base.id, { ...base, type: 'sepa_debit', customer: null, sepa_debit, sim: {} });
}

export function attach(world: World, method: PaymentMethod, customer: string): PaymentMethod {
  if (method.customer === customer) return method;
  const attached = world.pm.set(method.id, { ...method, customer });
  world.emit('payment_method.attached', attached);
  return attached;
}

export function customerRoutes(world: World) {
  const app = new Hono();

  app.post('/v1/customers', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'email name metadata description phone expand');
    const base = world.base('cus', 'customer', metadataOf(params));
    const customer = world.cus.set(base.id, {
      ...base,
      email: textOf(params, 'email') ?? null,
      name: textOf(params, 'name') ?? null,
    });
    world.emit('customer.created', customer);
    return c.json(world.show(customer));
  });

  app.get('/v1/customers', (c) => {
    const params = queryOf(c);
    allow(params, 'email created limit starting_after expand');
    const email = textOf(params, 'email');
    const rows = world.cus.all().filter((row) => !row.deleted && (email === undefined || row.email === email));
    return page(c, world, rows, params);
  });

  app.get('/v1/customers/:id', (c) => {
    const customer = world.cus.get(c.req.param('id'));
    if (!customer) throw missing('customer', c.req.param('id'));
    if (customer.deleted) return c.json({ id: customer.id, object: 'customer', deleted: true });
    return c.json(world.show(customer, expandOf(queryOf(c))));
  });

  app.post('/v1/customers/:id', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'email name metadata expand');
    const before = readCustomer(world, c.req.param('id'));
    const customer = world.cus.set(before.id, {
      ...before,
      email: textOf(params, 'email') ?? before.email,
      name: textOf(params, 'name') ?? before.name,
      metadata: metadataOf(params, before.metadata),
    });
    world.emit('customer.updated', customer);
    return c.json(world.show(customer));
  });

  app.delete('/v1/customers/:id', (c) => {
    const customer = readCustomer(world, c.req.param('id'));
    const deleted = world.cus.set(customer.id, { ...customer, deleted: true });
    for (const method of world.pm.all()) {
      if (method.customer === customer.id) world.pm.set(method.id, { ...method, customer: null });
    }
    world.emit('customer.deleted', deleted);
    return c.json({ id: customer.id, object: 'customer', deleted: true });
  });

  app.get('/v1/customers/:id/payment_methods', (c) => {
    const customer = readCustomer(world, c.req.param('id'));
    const params = queryOf(c);
    allow(params, 'type limit starting_after expand');
    const type = textOf(params, 'type');
    const rows = world.pm.all().filter((row) => row.customer === customer.id && (!type || row.type === type));
    return page(c, world, rows, params);
  });

  app.get('/v1/payment_methods/:id', (c) =>
    c.json(world.show(readMethod(world, c.req.param('id')), expandOf(queryOf(c)))),
  );

  app.post('/v1/payment_methods/:id', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'metadata expand');
    const before = readMethod(world, c.req.param('id'));
    const method = world.pm.set(before.id, { ...before, metadata: metadataOf(params, before.metadata) });
    world.emit('payment_method.updated', method);
    return c.json(world.show(method));
  });

  // A test name such as pm_card_visa becomes a method of its own each time it is attached.
  app.post('/v1/payment_methods/:id/attach', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'customer expand');
    const customer = readCustomer(world, required(textOf(params, 'customer'), 'customer'), 'customer', 400);
    const id = c.req.param('id');
    const card = cardByName(id);
    const test = card ? createCardMethod(world, card) : id === 'pm_sepa_debit' ? createDebitMethod(world) : undefined;
    const method = test ?? readMethod(world, id);
    if (method.sim.detached) {
      const message = 'This PaymentMethod was detached from a Customer, and may not be used again.';
      throw new StripeFault(400, { param: 'payment_method', message });
    }
    if (method.customer && method.customer !== customer.id) {
      throw new StripeFault(400, {
        message: 'The payment method you provided has already been attached to a customer.',
      });
    }
    return c.json(world.show(attach(world, method, customer.id)));
  });

  app.post('/v1/payment_methods/:id/detach', (c) => {
    const method = readMethod(world, c.req.param('id'));
    if (!method.customer) {
      throw new StripeFault(400, { message: NOT_ATTACHED });
    }
    const detached = world.pm.set(method.id, { ...method, customer: null, sim: { ...method.sim, detached: true } });
    world.emit('payment_method.detached', detached);
    return c.json(world.show(detached));
  });

  return app;
}
