/** Events, their delivery and their verification. Source: Webhooks v1. */
import { createPublicKey, createVerify, randomUUID, X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Simulator } from '#activities/simulation/simulator.ts';
import { createDelivery, type Delivery } from '#activities/simulation/webhooks.ts';
import { EVENT_TYPES } from '#activities/gateways/paypal/webhooks/events.ts';
import type { SigningKeys } from './keys.ts';
import { showOrder } from '../payments.ts';
import { missing, object, Refusal, text } from '../wire.ts';
import { newId, type Emit, type EventRow, type Machine, type OrderRow, type World } from '../world.ts';

const API_VERSION = '1.0';

export interface Notifications {
  emit: Emit;
  delivery: Delivery;
  /** Gives out approvals that lapsed, so that a list of events is complete. */
  lapse(): void;
}

export interface NotificationParts {
  simulator: Simulator;
  world: World;
  keys: () => SigningKeys;
  webhookId: string;
  base(): string;
}

export function createNotifications({ simulator, world, keys, webhookId, base }: NotificationParts): Notifications {
  const sign = (eventId: string) => {
    const event = world.events.get(eventId);
    const { webhookUrl: url } = world.settings();
    if (!event || !url) return null;
    const { name, sign: signed } = keys();
    const id = randomUUID();
    const time = world.at();
    return {
      url,
      body: event.text,
      headers: {
        'content-type': 'application/json',
        'paypal-transmission-id': id,
        'paypal-transmission-time': time,
        'paypal-transmission-sig': signed(`${id}|${time}|${webhookId}|${crc32(event.text)}`),
        'paypal-cert-url': `${base()}/v1/notifications/certs/${name}`,
        'paypal-auth-algo': 'SHA256withRSA',
      },
    };
  };
  const delivery = createDelivery(simulator, sign);

  const emit: Emit = (type, resourceType, resource, summary) => {
    const id = `WH-${newId()}-${newId()}`;
    const at = world.now().toISOString();
    const links = [
      { href: `${base()}/v1/notifications/webhooks-events/${id}`, rel: 'self', method: 'GET' },
      { href: `${base()}/v1/notifications/webhooks-events/${id}/resend`, rel: 'resend', method: 'POST' },
    ];
    const event = {
      id,
      event_version: API_VERSION,
      create_time: at,
      resource_type: resourceType,
      resource_version: resourceType === 'payment_token' ? '3.0' : '2.0',
      event_type: type,
      summary,
      resource,
      links,
    };
    world.events.set(id, { id, type, at, text: JSON.stringify(event) });
    delivery.deliver(id, type);
  };

  world.reverse = (order: OrderRow) => {
    const machine: Machine = { world, emit, base };
    const unit = object(showOrder(machine, order).purchase_units[0]);
    const resource = { order_id: order.id, purchase_units: [unit], payment_source: { paypal: {} } };
    emit('CHECKOUT.PAYMENT-APPROVAL.REVERSED', 'checkout-order', resource, 'A payment approval has been reversed.');
    return order;
  };
  const lapse = () => {
    for (const { id, status } of world.orders.all()) if (status === 'APPROVED') world.order(id);
  };
  return { emit, delivery, lapse };
}

export function notificationRoutes(
  app: Hono<{ Bindings: HttpBindings }>,
  { world, keys, webhookId, base }: NotificationParts,
  { delivery, lapse }: Notifications,
) {
  const registration = () => ({
    id: webhookId,
    url: world.settings().webhookUrl ?? 'https://example.com/webhooks/paypal',
    event_types: EVENT_TYPES.map((name) => ({ name, status: 'ENABLED' })),
  });
  app.get('/v1/notifications/webhooks', (c) => c.json({ webhooks: [registration()] }));
  app.get('/v1/notifications/webhooks/:id', (c) => {
    if (c.req.param('id') !== webhookId) throw missing();
    return c.json(registration());
  });

  app.get('/v1/notifications/webhooks-events', (c) => {
    lapse();
    // Empty segments (`&&&&`) are tolerated by the URL parser.
    const { start_time: from, end_time: to, event_type: type, page_size: size = '10', page = '1' } = c.req.query();
    const limit = Math.min(Number(size), 300);
    const found = world.events
      .all()
      .filter((event) => (!type || event.type === type) && isBetween(event, from, to))
      .reverse();
    const shown = found.slice((Number(page) - 1) * limit, Number(page) * limit);
    const next = new URLSearchParams({ ...c.req.query(), page: String(Number(page) + 1) });
    const more = found.length > Number(page) * limit;
    return c.json({
      events: shown.map((event) => JSON.parse(event.text) as object),
      count: shown.length,
      links: more ? [{ href: `${base()}/v1/notifications/webhooks-events?${next}`, rel: 'next', method: 'GET' }] : [],
    });
  });

  const eventOf = (id: string) => {
    const event = world.events.get(id);
    if (!event) throw missing();
    return event;
  };
  app.get('/v1/notifications/webhooks-events/:id', (c) =>
    c.body(eventOf(c.req.param('id')).text, 200, { 'content-type': 'application/json' }),
  );
  app.post('/v1/notifications/webhooks-events/:id/resend', (c) => {
    const event = eventOf(c.req.param('id'));
    delivery.deliver(event.id, event.type);
    return c.json(JSON.parse(event.text) as object, 202);
  });

  app.post('/v1/notifications/verify-webhook-signature', async (c) => {
    const sent = await c.req.text();
    const { transmission_id: id, transmission_time: time, transmission_sig: signature, webhook_id } = asked(sent);
    // The checksum is computed over the text as sent, which is why writing the event again fails.
    const start = sent.indexOf('"webhook_event":');
    const event = start < 0 ? '' : sent.slice(start + '"webhook_event":'.length, sent.lastIndexOf('}'));
    const [leaf = ''] = keys().chainPem.split(/(?<=-----END CERTIFICATE-----\n)/);
    const genuine = createVerify('RSA-SHA256')
      .update(`${id}|${time}|${webhook_id}|${crc32(event)}`)
      .verify(
        createPublicKey(new X509Certificate(leaf).publicKey.export({ type: 'spki', format: 'pem' })),
        signature,
        'base64',
      );
    return c.json({ verification_status: genuine && webhook_id === webhookId ? 'SUCCESS' : 'FAILURE' });
  });

  app.get('/v1/notifications/certs/:name', (c) => {
    const { name, chainPem } = keys();
    if (c.req.param('name') !== name) throw missing();
    return c.text(chainPem);
  });
}

const isBetween = ({ at }: EventRow, from: string | undefined, to: string | undefined) =>
  (!from || Date.parse(at) >= Date.parse(from)) && (!to || Date.parse(at) <= Date.parse(to));

function asked(sent: string) {
  let body;
  try {
    body = object(JSON.parse(sent));
  } catch {
    throw new Refusal(400, 'MALFORMED_REQUEST_JSON');
  }
  const names = [
    'transmission_id',
    'transmission_time',
    'transmission_sig',
    'webhook_id',
    'cert_url',
    'auth_algo',
  ] as const;
  const found = Object.fromEntries(names.map((name) => [name, text(body[name])]));
  for (const name of names) if (!found[name]) throw new Refusal(400, 'MISSING_REQUIRED_PARAMETER', name);
  return found as Record<(typeof names)[number], string>;
}
