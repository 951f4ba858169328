/** PayPal's own list of events, for finding what no webhook brought. */
import { VendorUnavailable } from '#activities/vendor.ts';
import type { GatewayEvent } from '../gateway.ts';
import type { PaypalClient } from './client.ts';
import { toGatewayEvent } from './events.ts';
import { EventPage, PaypalEvent } from './replies.ts';

const EVENTS_PATH = '/v1/notifications/webhooks-events';
const PAGE_SIZE = 300;
/** 60 000 events in one look: beyond it the window is too wide. */
const PAGES_MAX = 200;

/** Raw events since then, newest first as PayPal lists them. */
export async function eventsSince(client: PaypalClient, since: Date, filter: { event_type?: string } = {}) {
  const events: unknown[] = [];
  // Without an end PayPal takes its own now, so clocks need not agree.
  let query: Record<string, string | number> = { page_size: PAGE_SIZE, start_time: since.toISOString(), ...filter };
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const listed = await client.http('list events', EVENTS_PATH, { query, reply: EventPage });
    events.push(...listed.events);
    const next = listed.links.find(({ rel }) => rel === 'next')?.href;
    if (!next) return events;
    // Only the query of the link is followed: the address stays ours.
    query = Object.fromEntries(new URL(next, 'https://api-m.paypal.com').searchParams);
  }
  throw new VendorUnavailable(
    `PayPal (${client.config.account}) lists more than ${PAGES_MAX * PAGE_SIZE} events since ${since.toISOString()}. Look at a shorter time.`,
  );
}

/** What could be about money, oldest first; an event that repeats on a page border is listed once. */
export async function listEvents(client: PaypalClient, since: Date): Promise<GatewayEvent[]> {
  const livemode = client.config.environment === 'live';
  const events = new Map<string, GatewayEvent>();
  for (const raw of await eventsSince(client, since)) {
    if (!PaypalEvent.safeParse(raw).success) continue;
    const event = toGatewayEvent(raw, livemode);
    if (event.subject !== 'other' && event.createdAt >= since) events.set(event.eventId, event);
  }
  return [...events.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}
