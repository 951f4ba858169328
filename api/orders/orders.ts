import { z } from '@hono/zod-openapi';
import { asCustomer } from '#db/acting.ts';
import type { Em } from '#db/orm.ts';
import { actedBy, asActor, customerOf, type ApiContext, type Parts } from '../http/context.ts';
import { Id, json } from '../contracts/common.ts';
import { FindOrders, OrderList, OrderView, PlaceOrder, RequiredKey } from '../contracts/orders.ts';
import { once } from '../http/idempotency.ts';
import { offeredGateways } from '#domain/configuration/gateways/gateways.ts';
import { placeOrder } from '#db/orders/place-order.ts';
import { placedOrRefused, shopOf } from './shop.ts';
import { findOrderRows } from './order-rows.ts';
import { createOrderStreams } from './stream.ts';
import { buyerOf, readOrder, summaryOf } from './read-order.ts';
import { notFound, Problem } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';
import { temporalUi } from '../messages/temporal-links.ts';

const ById = z.strictObject({ id: Id });
const readers = { actor: 'person', permission: 'orders.read' } as const;

const place = createRoute({
  method: 'post',
  path: '/orders',
  access: { actor: 'customer' },
  limit: 'order',
  summary: 'Place an order at the price on offer. Watch it until `checkout_url` is there',
  request: { headers: RequiredKey, body: { required: true, content: json(PlaceOrder) } },
  responses: {
    201: { description: 'Placed', content: json(OrderView) },
    409: { description: 'Sold out, or the customer’s money is of another currency' },
    422: { description: 'Not on offer, or the way to pay is switched off' },
  },
});

const list = createRoute({
  method: 'get',
  path: '/orders',
  access: readers,
  summary: 'One’s own orders; staff search all',
  request: { query: FindOrders },
  responses: { 200: { description: 'A page, newest first', content: json(OrderList) } },
});

const show = createRoute({
  method: 'get',
  path: '/orders/{id}',
  access: readers,
  summary: 'An order with its story: what happened, what is next',
  request: { params: ById },
  responses: { 200: { description: 'The order', content: json(OrderView) }, 404: { description: 'No such order' } },
});

const events = createRoute({
  method: 'get',
  path: '/orders/{id}/events',
  access: readers,
  summary: 'The order each time it changes, as server-sent events, until it is final',
  request: { params: ById },
  responses: {
    200: {
      description: 'Events named `order` whose data is an Order; `signed_out` when the session ends',
      content: { 'text/event-stream': { schema: {} } },
    },
    204: { description: 'Nothing more will come: the final state was sent before' },
    404: { description: 'No such order' },
  },
});

export const orderRoutes = (parts: Parts) => {
  const { orm, config, clock } = parts;
  const shop = shopOf(config);
  const ui = temporalUi(config);
  const streams = createOrderStreams(parts);

  const read = (c: ApiContext, em: Em, id: string, asOf: Date) => {
    const actor = c.get('actor');
    const customerId = actor.type === 'customer' ? actor.customerId : undefined;
    return readOrder(em, { id, audience: customerId ? 'customer' : 'staff', customerId, asOf, ui });
  };

  return router()
    .openapi(place, async (c) => {
      const { customerId } = customerOf(c);
      const wish = c.req.valid('json');
      if (!offeredGateways(config).includes(wish.gateway)) {
        throw new Problem(422, 'gateway_off', 'This way to pay is not offered; see GET /api/v2/gateways.', {
          errors: [{ pointer: '/gateway', detail: 'is switched off' }],
        });
      }
      const { id } = await asCustomer(orm, customerId, (em) =>
        once(c, em, async () => {
          const placed = await placeOrder(em, { customerId, ...wish }, actedBy(c), shop, c.get('asOf'));
          return { id: placedOrRefused(placed, 'Choose another plan, or come back later.').order.id };
        }),
      );
      const order = await asCustomer(orm, customerId, (em) => read(c, em, id, c.get('asOf')));
      return c.json(order!, 201);
    })
    .openapi(list, async (c) => {
      const actor = c.get('actor');
      const customerId = actor.type === 'customer' ? actor.customerId : undefined;
      const { page, next } = await asActor(orm, actor, (em) =>
        findOrderRows(em, { ...c.req.valid('query'), customerId }),
      );
      const orders = page.map((row) => ({ ...summaryOf(row), ...(!customerId && { customer: buyerOf(row) }) }));
      return c.json({ orders, next }, 200);
    })
    .openapi(show, async (c) => {
      const { id } = c.req.valid('param');
      const order = await asActor(orm, c.get('actor'), (em) => read(c, em, id, c.get('asOf')));
      if (!order) throw notFound('order');
      return c.json(order, 200);
    })
    .openapi(events, async (c) => {
      const { id } = c.req.valid('param');
      const look = () => asActor(orm, c.get('actor'), (em) => read(c, em, id, clock()));
      const order = await look();
      if (!order) throw notFound('order');
      return streams.open(c, id, order, look);
    });
};
