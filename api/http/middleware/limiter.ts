/** What is left of a limit after this request. */
export interface Allowance {
  allowed: boolean;
  max: number;
  remaining: number;
  resetSeconds: number;
}

export interface LimiterOptions {
  /** Multiplies every limit, and divides it by the replicas that share the traffic. */
  factor?: number;
  /** Keys remembered at once. */
  maxKeys?: number;
}

interface Bucket {
  count: number;
  resetAtMs: number;
}

/**
 * Remembers about so many keys in two generations: when the young one is full, the old one is forgotten at once.
 * (Forgetting one by one would search a long way through what was deleted before.)
 */
function createGenerations(most: number) {
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  return {
    get: (id: string) => young.get(id) ?? old.get(id),
    set(id: string, bucket: Bucket) {
      young.set(id, bucket);
      if (young.size < most / 2) return;
      old = young;
      young = new Map();
    },
    delete(id: string) {
      young.delete(id);
      old.delete(id);
    },
    size: () => young.size + old.size,
  };
}

/**
 * Counts requests in fixed windows, in this process's memory, with a bounded number of keys (LIM-03).
 * A key seen once lies in the nursery; one seen again is settled. So spraying random keys pushes out only other
 * random keys, and never somebody who is over the limit.
 */
export function createLimiter({ factor = 1, maxKeys = 50_000 }: LimiterOptions = {}) {
  const nursery = createGenerations(maxKeys / 2);
  const settled = createGenerations(maxKeys / 2);

  return {
    /**
     * Takes from the allowance of a key.
     * @param limit  `max` requests per window before the factor
     * @param items  what this request counts as; a batch counts its items
     */
    take(
      name: string,
      key: string,
      limit: { max: number; windowSeconds: number },
      asOfMs: number,
      items = 1,
    ): Allowance {
      const id = `${name}|${key}`;
      const max = Math.max(1, Math.floor(limit.max * factor));
      const seen = settled.get(id) ?? nursery.get(id);
      const bucket =
        seen && seen.resetAtMs > asOfMs ? seen : { count: 0, resetAtMs: asOfMs + limit.windowSeconds * 1000 };
      bucket.count += items;
      if (seen) {
        nursery.delete(id);
        settled.set(id, bucket);
      } else {
        nursery.set(id, bucket);
      }
      return {
        allowed: bucket.count <= max,
        max,
        remaining: Math.max(0, max - bucket.count),
        resetSeconds: Math.max(1, Math.ceil((bucket.resetAtMs - asOfMs) / 1000)),
      };
    },
    /** Keys remembered now. */
    size: () => nursery.size() + settled.size(),
  };
}
export type Limiter = ReturnType<typeof createLimiter>;
