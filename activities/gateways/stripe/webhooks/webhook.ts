/** Whether a webhook is Stripe's. Pure: no network, no clock, nothing of ours but the event mapping. */
import Stripe from 'stripe';
import { z } from 'zod';
import type { WebhookVerdict } from '#activities/gateways/gateway.ts';
import { toGatewayEvent } from './events.ts';

export interface StripeWebhook {
  /** As received, before anything parsed it. */
  raw: string | Uint8Array;
  headers: Headers;
  /** While a secret is rolled, the previous one holds until then. */
  secrets: { current: string; previous?: { secret: string; until: Date } | undefined };
  now: Date;
}

/** Seconds a signature may be old, or ahead of our clock. */
const TOLERANCE = 300;

/** What the mapping relies on; Stripe adds fields freely. */
const Event = z.looseObject({
  id: z.string().startsWith('evt_'),
  object: z.literal('event'),
  type: z.string().min(1),
  created: z.int().nonnegative(),
  livemode: z.boolean(),
  data: z.looseObject({ object: z.looseObject({ id: z.string().min(1), object: z.string() }) }),
});

const forged = (reason: string): WebhookVerdict => ({ verdict: 'forged', reason });

/** Reasons are for our log; the caller answers 400 without them. */
export async function verifyStripeWebhook({ raw, headers, secrets, now }: StripeWebhook): Promise<WebhookVerdict> {
  const header = headers.get('stripe-signature');
  if (!header) return forged('no stripe-signature header');
  const signedAt = timestampOf(header);
  if (signedAt === null) return forged('no single timestamp in the stripe-signature header');
  // The SDK lets signatures from the future pass.
  if (signedAt - Math.floor(now.getTime() / 1_000) > TOLERANCE) return forged('signed in the future');

  const active = [secrets.current, secrets.previous && secrets.previous.until > now ? secrets.previous.secret : '']
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  if (active.length === 0) return forged('no webhook secret is set, so the endpoint is closed');

  const body = decode(raw);
  if (body === null) return forged('the body is not UTF-8');
  let reason = '';
  for (const secret of active) {
    try {
      // Typed as an event, but so far it is only JSON that Stripe signed.
      const signed: unknown = await Stripe.webhooks.constructEventAsync(
        body,
        header,
        secret,
        TOLERANCE,
        undefined,
        now.getTime(),
      );
      const event = Event.safeParse(signed);
      if (!event.success) return forged('signed by Stripe, but not an event this endpoint takes');
      return { verdict: 'genuine', event: toGatewayEvent(event.data as unknown as Stripe.Event) };
    } catch (error) {
      reason = reasonOf(error as Error);
    }
  }
  return forged(reason);
}

/** Null unless there is exactly one: with two, the one that was signed and the one that was checked could differ. */
function timestampOf(header: string): number | null {
  const times = header.split(',').filter((part) => part.startsWith('t='));
  const digits = times.length === 1 ? /^t=(\d{1,12})$/.exec(times[0]!)?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

/** Without repairing anything: what is verified must be what was sent. */
function decode(raw: string | Uint8Array): string | null {
  if (typeof raw === 'string') return raw;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return null;
  }
}

/** The first line only: the SDK's messages go on with advice. */
function reasonOf(error: Error): string {
  if (error.name === 'SyntaxError') return 'the body is not JSON';
  return error.message.split('\n')[0]!.slice(0, 200);
}
