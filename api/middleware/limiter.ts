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
 * Counts requests in fixed windows, in this process's memory, with a bounded number of keys (LIM-03).
 * A key seen once lies in the nursery; one seen again moves to the settled ones. When memory is full the oldest
 * of the nursery goes first, so spraying random keys pushes out only other random keys, and never
 * somebody who is over the limit.
 */
export function createLimiter({ factor = 1, maxKeys = 50_000 }: LimiterOptions = {}) {
  const nursery = new Map<string, Bucket>();
  const settled = new Map<string, Bucket>();
  const trim = (map: Map<string, Bucket>, most: number) => {
    while (map.size > most) map.delete(map.keys().next().value as string);
  };

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
      let bucket = settled.get(id) ?? nursery.get(id);
      if (bucket && bucket.resetAtMs <= asOfMs) bucket = undefined;
      const known = bucket ?? { count: 0, resetAtMs: asOfMs + limit.windowSeconds * 1000 };
      known.count += items;
      nursery.delete(id);
      settled.delete(id);
      if (bucket) settled.set(id, known);
      else nursery.set(id, known);
      trim(settled, Math.floor(maxKeys / 2));
      trim(nursery, maxKeys - settled.size);
      return {
        allowed: known.count <= max,
        max,
        remaining: Math.max(0, max - known.count),
        resetSeconds: Math.max(1, Math.ceil((known.resetAtMs - asOfMs) / 1000)),
      };
    },
    /** Keys remembered now. */
    size: () => nursery.size + settled.size,
  };
}
export type Limiter = ReturnType<typeof createLimiter>;
