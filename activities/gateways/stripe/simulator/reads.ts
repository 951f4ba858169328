/** What the adapter and staff only look at: events, balance, portal sessions. */
import { Hono } from 'hono';
import { readCustomer } from './payments/customers.ts';
import { missing } from './fault.ts';
import { allow, listOf, required, textOf } from './form.ts';
import { bodyOf, page, queryOf } from './listing.ts';
import { StripeFault } from './fault.ts';
import type { World } from './world.ts';

const THIRTY_DAYS = 30 * 86_400;

export function readRoutes(world: World) {
  const app = new Hono();

  app.get('/v1/balance', (c) =>
    c.json({ object: 'balance', available: [{ amount: 0, currency: 'eur' }], pending: [], livemode: false }),
  );

  app.get('/v1/events', (c) => {
    const params = queryOf(c);
    allow(params, 'types type created limit starting_after expand delivery_success');
    const types = [...listOf(params, 'types').map(String), ...[textOf(params, 'type') ?? []].flat()];
    if (types.length > 20) throw new StripeFault(400, { param: 'types', message: 'At most 20 types may be given.' });
    const since = world.seconds() - THIRTY_DAYS;
    const rows = world.evt.all().filter((row) => row.created >= since && (!types.length || types.includes(row.type)));
    return page(c, world, rows, params);
  });

  app.get('/v1/events/:id', (c) => {
    const event = world.evt.get(c.req.param('id'));
    if (!event) throw missing('event', c.req.param('id'));
    return c.json(world.show(event));
  });

  app.post('/v1/billing_portal/sessions', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'customer return_url configuration flow_data locale expand');
    const customer = readCustomer(world, required(textOf(params, 'customer'), 'customer'), 'customer', 400);
    const session = world.base('bps', 'billing_portal.session');
    const returnUrl = textOf(params, 'return_url') ?? null;
    const url = `${new URL(c.req.url).origin}/p/session/${customer.id}`;
    return c.json({ ...session, customer: customer.id, return_url: returnUrl, url });
  });

  app.get('/p/session/:customer', (c) => {
    const customer = readCustomer(world, c.req.param('customer'));
    const methods = world.pm.all().filter((row) => row.customer === customer.id);
    return c.json({ customer: customer.id, methods: methods.map((row) => world.show(row)) });
  });

  return app;
}
