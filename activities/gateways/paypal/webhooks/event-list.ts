/** PayPal's own list of events, for finding what no webhook brought. */
import { VendorUnavailable } from '#activities/http/vendor.ts';
import type { GatewayEvent } from '#activities/gateways/gateway.ts';
import type { PaypalClient } from '../wire/client.ts';
import { toGatewayEvent } from './events.ts';
import { EventPage, PaypalEvent } from '../wire/replies.ts';

const EVENTS_PATH = '/v1/notifications/webhooks-events';
const PAGE_SIZE = 300;
/** 60 000 events in one look: beyond it the window is too wide. */
const PAGES_MAX = 200;

/** Raw events since then, newest first as PayPal lists them, a page at a time. */
async function* pagesSince(client: PaypalClient, since: Date, filter: { event_type?: string } = {}) {
  // Without an end PayPal takes its own now, so clocks need not agree.
  let query: Record<string, string | number> = { page_size: PAGE_SIZE, start_time: since.toISOString(), ...filter };
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const listed = await client.http('list events', EVENTS_PATH, { query, reply: EventPage });
    yield listed.events as unknown[];
    const next = listed.links.find(({ rel }) => rel === 'next')?.href;
    if (!next) return;
    // Only the query of the link is followed: the address stays ours.
    query = Object.fromEntries(new URL(next, 'https://api-m.paypal.com').searchParams);
  }
  throw new VendorUnavailable(
    `PayPal (${client.config.account}) lists more than ${PAGES_MAX * PAGE_SIZE} events since ${since.toISOString()}. Look at a shorter time.`,
  );
}

/** All of them at once, for a short time or a rare type. */
export const eventsSince = async (...wanted: Parameters<typeof pagesSince>): Promise<unknown[]> =>
  (await Array.fromAsync(pagesSince(...wanted))).flat();

/** What could be about money or a method. */
export async function* listEvents(client: PaypalClient, since: Date): AsyncGenerator<GatewayEvent[]> {
  const livemode = client.config.environment === 'live';
  for await (const page of pagesSince(client, since)) {
    yield page
      .filter((raw) => PaypalEvent.safeParse(raw).success)
      .map((raw) => toGatewayEvent(raw, livemode))
      .filter(({ subject, createdAt }) => subject !== 'other' && createdAt >= since);
  }
}
