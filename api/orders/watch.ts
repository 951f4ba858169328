import type { PaidThrough } from '#domain/vendors.ts';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { orderStory } from '#domain/orders/order-story.ts';
import { asStaff, type ActingOrm } from '#db/acting.ts';
import type { OrderStatus } from '#db/entities/index.ts';
import { STANDING } from './order-rows.ts';

export interface OrderWatch {
  /**
   * Calls back with the order's version now and each time it changes. The version says that something is new, not
   * what: whoever watches reads the order as himself.
   * @returns stops watching
   */
  watch(orderId: string, onVersion: (version: string) => void): () => void;
  /** Orders watched now. */
  size(): number;
}

interface WatchOptions {
  orm: ActingOrm;
  clock: () => Date;
  /** Told of a look that failed; the next one follows anyway. */
  onError: (error: unknown) => void;
  everyMs?: number;
}

interface Watched {
  version: string | undefined;
  listeners: Set<(version: string) => void>;
}

/** Looks at all watched orders of this process with one query, however many watch; not at all when nobody does. */
export function createOrderWatch({ orm, clock, onError, everyMs = 400 }: WatchOptions): OrderWatch {
  const watched = new Map<string, Watched>();
  let looking = false;

  const look = async () => {
    const ids = [...watched.keys()];
    for (const [id, version] of await versions(orm, ids, clock())) {
      const order = watched.get(id);
      if (!order || order.version === version) continue;
      order.version = version;
      for (const listener of order.listeners) listener(version);
    }
  };

  const keepLooking = async () => {
    if (looking) return;
    looking = true;
    // Whoever comes in the same moment is in the first look.
    await Promise.resolve();
    while (watched.size > 0) {
      await look().catch(onError);
      await pause(everyMs, undefined, { ref: false });
    }
    looking = false;
  };

  return {
    watch(orderId, onVersion) {
      const order = watched.get(orderId) ?? { version: undefined, listeners: new Set() };
      watched.set(orderId, order);
      order.listeners.add(onVersion);
      if (order.version !== undefined) onVersion(order.version);
      void keepLooking();
      return () => {
        order.listeners.delete(onVersion);
        if (order.listeners.size === 0 && watched.get(orderId) === order) watched.delete(orderId);
      };
    },
    size: () => watched.size,
  };
}

interface VersionRow {
  id: string;
  status: OrderStatus;
  gateway: PaidThrough;
  checkout_url: string | null;
  checkout_expires_at: string | null;
  placed_at: string;
  paid_at: string | null;
  last_event: string | null;
  service: string | null;
  license: string | null;
  is_recorded: boolean;
  is_payment_pending: boolean;
  is_parked: boolean;
  incidents: string | null;
}

async function versions(orm: ActingOrm, ids: string[], asOf: Date): Promise<[id: string, version: string][]> {
  if (ids.length === 0) return [];
  const rows = await asStaff(orm, (em) =>
    em.execute<VersionRow[]>(
      `select o.id, o.status, o.gateway, o.checkout_url, o.checkout_expires_at, o.placed_at, o.paid_at,
         (select e.id from order_event e where e.order_id = o.id order by e.id desc limit 1) as last_event,
         s.status || coalesce(s.username, '') as service, k.status as license, ${STANDING},
         (select string_agg(i.id::text, ',' order by i.id) from incident i where i.order_id = o.id and i.status = 'open') as incidents
       from "order" o
       left join subscription sub on sub.order_id = o.id
       left join service s on s.subscription_id = sub.id
       left join license k on k.service_id = s.id
       where o.id in (${ids.map(() => '?').join(', ')})`,
      ids,
    ),
  );
  return rows.map((row) => [row.id, versionOf(row, asOf)]);
}

/** What the clock alone changes, "taking longer", counts as well. */
function versionOf(row: VersionRow, asOf: Date): string {
  const { next } = orderStory(
    {
      status: row.status,
      gateway: row.is_recorded ? 'recorded' : row.gateway,
      placedAt: new Date(row.placed_at),
      paidAt: row.paid_at ? new Date(row.paid_at) : null,
      checkoutUrl: row.checkout_url,
      checkoutExpiresAt: row.checkout_expires_at ? new Date(row.checkout_expires_at) : null,
      endedBecause: null,
      events: [],
      isPaymentPending: row.is_payment_pending,
      isParked: row.is_parked,
      incidents: [],
    },
    'customer',
    asOf,
  );
  return createHash('sha256')
    .update(JSON.stringify([row, next]))
    .digest('base64url')
    .slice(0, 22);
}
