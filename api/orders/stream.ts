import { setTimeout as pause } from 'node:timers/promises';
import { streamSSE } from 'hono/streaming';
import type { ApiContext, Parts } from '../http/context.ts';
import type { OrderView } from '../contracts/orders.ts';
import { Problem } from '../http/problem.ts';
import { createSignInWatch, isStillSignedIn } from './still-signed-in.ts';
import { createOrderWatch, type OrderWatch } from './watch.ts';

/** A comment this often keeps proxies from closing a silent connection, and finds out who has left. */
const HEARTBEAT_MS = 15_000;
/** Who signed out, here or elsewhere, sees nothing more after this long (AUTH-10). */
const SIGN_IN_MS = 3_000;
/** Open pages of one person; more is a mistake or an attack. */
const MOST_PER_USER = 20;
/** Marks the id of the last event: a browser that connects again after it is told to stop. */
const FINAL = '.final';

export interface StreamOptions {
  everyMs?: number;
  heartbeatMs?: number;
  signInMs?: number;
}

/** Order progress as server-sent events; one per process, as all its streams share one look at the database. */
export function createOrderStreams(
  { orm, clock, log }: Pick<Parts, 'orm' | 'clock' | 'log'>,
  { everyMs, heartbeatMs = HEARTBEAT_MS, signInMs = SIGN_IN_MS }: StreamOptions = {},
) {
  const onError = (error: unknown) => log.warn({ err: error }, 'orders could not be looked at');
  const watch: OrderWatch = createOrderWatch({ orm, clock, onError, ...(everyMs && { everyMs }) });
  const signIns = createSignInWatch({ orm: orm.api, clock, onError, everyMs: signInMs });
  const open = new Map<string, number>();

  return {
    watch,
    /**
     * @param first  the order as it is now, readable to whoever asks
     * @param look  reads it again, as the same person
     */
    open(c: ApiContext, id: string, first: OrderView, look: () => Promise<OrderView | null>): Response {
      const seen = c.req.header('last-event-id');
      if (first.story.final && seen?.endsWith(FINAL)) return c.body(null, 204);
      // Whoever asks only for the head gets it, and holds no place.
      if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
      const user = userOf(c);
      const count = (open.get(user) ?? 0) + 1;
      if (count > MOST_PER_USER) {
        throw new Problem(
          429,
          'too_many_streams',
          `At most ${MOST_PER_USER} orders are watched at once. Close some pages.`,
        );
      }
      open.set(user, count);
      c.header('x-accel-buffering', 'no');
      return streamSSE(c, async (stream) => {
        let latest: string | undefined;
        let sent = seen;
        let hasEnded = false;
        let wake = () => {};
        const stop = watch.watch(id, (version) => {
          latest = version;
          wake();
        });
        const stopSignIn = signIns.watch(c.get('actor'), () => {
          hasEnded = true;
          wake();
        });
        stream.onAbort(() => wake());
        try {
          while (!stream.aborted) {
            if (hasEnded) return void (await stream.writeSSE({ event: 'signed_out', data: '{}' }));
            if (latest !== undefined && latest !== sent) {
              const version = latest;
              const order = (await isStillSignedIn(orm.api, c.get('actor'), clock())) ? await look() : null;
              if (!order) return void (await stream.writeSSE({ event: 'signed_out', data: '{}' }));
              const { final } = order.story;
              await stream.writeSSE({
                event: 'order',
                id: final ? `${version}${FINAL}` : version,
                data: JSON.stringify(order),
              });
              sent = version;
              if (final) return;
            }
            if (
              await silent(
                heartbeatMs,
                (woken) => (wake = woken),
                () => stream.aborted || hasEnded || (latest !== undefined && latest !== sent),
              )
            ) {
              await stream.write(': still here\n\n');
            }
          }
        } finally {
          stop();
          stopSignIn();
          const left = (open.get(user) ?? 1) - 1;
          if (left > 0) open.set(user, left);
          else open.delete(user);
        }
      });
    },
  };
}

/** Waits for news. @returns true when there was none in that time */
async function silent(ms: number, listen: (woken: () => void) => void, isThere: () => boolean): Promise<boolean> {
  const bell = new AbortController();
  listen(() => bell.abort());
  // What came before we listened rings no bell.
  if (isThere()) return false;
  return pause(ms, true, { signal: bell.signal }).catch(() => false);
}

const userOf = (c: ApiContext): string => {
  const actor = c.get('actor');
  return 'userId' in actor ? actor.userId : c.get('network');
};
