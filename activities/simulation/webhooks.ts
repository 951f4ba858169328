import type { Collection, Store } from './store.ts';

/** How a simulated gateway delivers: what a test may bend. */
export interface DeliveryPlan {
  /** Before the first try; 0 unless told. */
  delayMs: number;
  /** Copies of each delivery; 1 unless told. */
  copies: number;
  /** Event types that never leave. */
  drop: string[];
  /** Holds every event back until `release`, which sends them in the order it is given. */
  hold: boolean;
}

export interface PendingDelivery {
  eventId: string;
  type: string;
  tries: number;
  delivered: boolean;
  lastStatus: number | null;
  /** When the last try began; null before the first. */
  triedAt: string | null;
}

export interface SignedRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

const RETRY_MS = [500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];

/**
 * Delivers webhooks as gateways do: at least once, in no promised order, again until a 2xx comes.
 * Undelivered ones are kept in the store and taken up again after a restart.
 * @param sign  builds the request anew for each try, since signatures carry the time
 */
export function createDelivery(
  store: Pick<Store, 'collection'>,
  sign: (eventId: string) => SignedRequest | null | Promise<SignedRequest | null>,
) {
  const pending: Collection<PendingDelivery> = store.collection('webhook_delivery');
  const plan: DeliveryPlan = { delayMs: 0, copies: 1, drop: [], hold: false };
  const held: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;

  const later = (ms: number, run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };

  const attempt = async (eventId: string): Promise<void> => {
    const row = pending.get(eventId);
    if (!row || stopped) return;
    const triedAt = new Date().toISOString();
    const status = await post(await sign(eventId));
    const delivered = status !== null && status >= 200 && status < 300;
    const tries = row.tries + 1;
    pending.set(eventId, { ...row, tries, delivered: delivered || row.delivered, lastStatus: status, triedAt });
    const wait = RETRY_MS[tries - 1];
    if (!delivered && wait !== undefined && !stopped) later(wait, () => void attempt(eventId));
  };

  const send = (eventId: string) => {
    for (let copy = 0; copy < plan.copies; copy += 1) later(plan.delayMs, () => void attempt(eventId));
  };

  for (const row of pending.all()) if (!row.delivered) later(RETRY_MS[0]!, () => void attempt(row.eventId));

  return {
    /** Queues an event for delivery, as the plan says. */
    deliver(eventId: string, type: string) {
      if (plan.drop.includes(type) || plan.drop.includes('*')) return;
      pending.set(eventId, { eventId, type, tries: 0, delivered: false, lastStatus: null, triedAt: null });
      if (plan.hold) held.push(eventId);
      else send(eventId);
    },
    plan: (change: Partial<DeliveryPlan>) => void Object.assign(plan, change),
    held: () => held.map((eventId) => pending.get(eventId)!),
    /** Sends the held events in this order; each may be named more than once. */
    async release(eventIds: string[]) {
      for (const eventId of eventIds) await attempt(eventId);
      held.splice(0, held.length, ...held.filter((eventId) => !eventIds.includes(eventId)));
    },
    resend: (eventId: string) => attempt(eventId),
    all: () => pending.all(),
    /** What is on its way; held events are not. */
    waiting: () => pending.all().filter(({ delivered, eventId }) => !delivered && !held.includes(eventId)),
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
export type Delivery = ReturnType<typeof createDelivery>;

async function post(request: SignedRequest | null): Promise<number | null> {
  if (!request) return null;
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}
