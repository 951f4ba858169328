/** Checkout Sessions, Stripe's hosted pages, whatever they are for: found again, read, closed. */
import type Stripe from 'stripe';
import { pageAddress, VendorRefused } from '#activities/http/vendor.ts';
import type { HostedCheckout } from '#activities/gateways/gateway.ts';
import type { StripeApi } from './client.ts';
import { isStripeFailure } from './errors.ts';

export type Session = Stripe.Checkout.Session;

const MINUTE = 60_000;
/** Stripe allows 30 minutes to 24 hours from its own now; a minute each for the journey and for clocks that differ. */
const SHORTEST = 31 * MINUTE;
export const LONGEST = 24 * 60 * MINUTE - MINUTE;
/** How far our clock and Stripe's may be apart when we look for something made "since". */
const SKEW = 5 * MINUTE;

/** When a page closes that is opened at `at`, in Stripe's seconds. */
export const closingTime = (wanted: Date, at: Date): number =>
  Math.floor(Math.min(Math.max(wanted.getTime(), at.getTime() + SHORTEST), at.getTime() + LONGEST) / 1_000);

export interface WantedSession {
  /** Completes "Stripe could not …". */
  what: string;
  since: Date;
  customer?: string | undefined;
  isOurs(session: Session): boolean;
}

/** @param expand  what to read along with a session */
export function createSessions(api: StripeApi, expand: string[]) {
  const read = (checkoutId: string): Promise<Session> => {
    if (!/^cs_\w+$/.test(checkoutId))
      throw new VendorRefused(`"${checkoutId}" is not a Stripe checkout; check its row.`);
    return api.read(`read checkout ${checkoutId}`, (stripe) =>
      stripe.checkout.sessions.retrieve(checkoutId, { expand }),
    );
  };

  return {
    read,

    /** Walks the sessions made since then; there is no filter on metadata, and search lags behind. */
    find: ({ what, since, customer, isOurs }: WantedSession): Promise<Session | null> =>
      api.read(what, async (stripe) => {
        const gte = Math.floor((since.getTime() - SKEW) / 1_000);
        const wanted = { created: { gte }, limit: 100, ...(customer ? { customer } : {}) };
        for await (const session of stripe.checkout.sessions.list(wanted)) if (isOurs(session)) return session;
        return null;
      }),

    /** @returns the session as it stands afterwards: complete if the customer was faster */
    async close(checkoutId: string, key: string): Promise<Session> {
      const closed = async () => {
        const session = await read(checkoutId);
        return session.status === 'open' ? null : session;
      };
      const known = await closed();
      if (known) return known;
      await api.write<Session | null>(`close checkout ${checkoutId}`, {
        key: `${key}:expire`,
        send: (stripe, options) => stripe.checkout.sessions.expire(checkoutId, {}, options),
        find: closed,
        // The customer was faster, or it ran out by itself: reading it again says which.
        answer: (error) => (isStripeFailure(error) && error.type === 'StripeInvalidRequestError' ? null : undefined),
      });
      const session = await closed();
      if (session) return session;
      throw new VendorRefused(
        `Stripe on ${api.account} keeps checkout ${checkoutId} open. Expire it in Stripe's dashboard, then retry.`,
      );
    },
  };
}

/** The address is empty once the page is closed: there is nothing to do there any more. */
export const toHosted = (session: Session): HostedCheckout => ({
  checkoutId: session.id,
  url: pageAddress(session.url) ?? '',
  expiresAt: new Date(session.expires_at * 1_000),
  gatewayCustomerId: typeof session.customer === 'string' ? session.customer : session.customer?.id,
  requestId: requestIdOf(session),
});

export const requestIdOf = (object: unknown): string | undefined =>
  (object as { lastResponse?: { requestId?: string } }).lastResponse?.requestId;
