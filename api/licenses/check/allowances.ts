/**
 * How often one may ask, counted in this process in fixed windows (LIM-01, and B1 steps 3 and 4 for the legacy
 * credentials). Memory is bounded: a panel cannot name more licenses in a window than it may ask questions, and
 * beyond so many accounts or keys the oldest are forgotten.
 */
export interface Refused {
  over: 'license' | 'source' | 'anomaly';
  limit: number;
  retryAfterSeconds: number;
}

export interface AllowanceLimits {
  /** Questions of one panel or API key in a minute. */
  perAccount: number;
  /** Questions about one license by one panel or API key in a minute. */
  perLicense: number;
  /** Questions about licenses that do not exist, or are not theirs, in a minute. */
  unknown: number;
  /** Bad credentials from one address in a minute. */
  refused: number;
}

export const LIMITS: AllowanceLimits = { perAccount: 6_000, perLicense: 600, unknown: 30, refused: 60 };
/** The older system's own, by key and by address. */
export const LEGACY_LIMITS = { keyPerMinute: 100, addressPerHour: 1_000, keyPerHour: 500, addressesPerDay: 10 };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Account {
  endsAt: number;
  asked: number;
  unknown: number;
  licenses: Map<string, number>;
}

export function createAllowances(limits: AllowanceLimits = LIMITS) {
  const accounts = createBounded<Account>(20_000);
  const refusals = createWindow(MINUTE, 20_000);
  const legacy = {
    keyMinute: createWindow(MINUTE, 50_000),
    addressHour: createWindow(HOUR, 20_000),
    keyHour: createWindow(HOUR, 50_000),
    addresses: createBounded<{ endsAt: number; seen: Set<string> }>(50_000),
  };
  const refuse = (over: Refused['over'], limit: number, endsAt: number, nowMs: number): Refused => ({
    over,
    limit,
    retryAfterSeconds: Math.max(1, Math.ceil((endsAt - nowMs) / 1000)),
  });

  const accountOf = (name: string, nowMs: number): Account => {
    const known = accounts.get(name);
    if (known && known.endsAt > nowMs) return known;
    return accounts.set(name, { endsAt: nowMs + MINUTE, asked: 0, unknown: 0, licenses: new Map() });
  };

  return {
    /** @returns null when the question may be asked; it counts either way, but not in memory beyond its limit */
    ask(account: string, license: string, nowMs: number): Refused | null {
      const mine = accountOf(account, nowMs);
      if (mine.asked >= limits.perAccount) return refuse('source', limits.perAccount, mine.endsAt, nowMs);
      mine.asked += 1;
      const asked = mine.licenses.get(license) ?? 0;
      if (asked >= limits.perLicense) return refuse('license', limits.perLicense, mine.endsAt, nowMs);
      mine.licenses.set(license, asked + 1);
      return null;
    },

    /** Counts an answer that says "no such license". */
    missed(account: string, nowMs: number): Refused | null {
      const mine = accountOf(account, nowMs);
      mine.unknown += 1;
      return mine.unknown > limits.unknown ? refuse('source', limits.unknown, mine.endsAt, nowMs) : null;
    },

    /** Counts a bad credential. */
    refused(address: string, nowMs: number): Refused | null {
      const { count, endsAt } = refusals.hit(address, nowMs);
      return count > limits.refused ? refuse('source', limits.refused, endsAt, nowMs) : null;
    },
    isGuessing: (address: string, nowMs: number): boolean => refusals.count(address, nowMs) >= limits.refused,

    /** The older system's steps 3 and 4, in its order. */
    askLegacy(address: string, license: string, nowMs: number): Refused | null {
      const { keyPerMinute, addressPerHour, keyPerHour, addressesPerDay } = LEGACY_LIMITS;
      const minute = legacy.keyMinute.hit(license, nowMs);
      if (minute.count > keyPerMinute) return refuse('license', keyPerMinute, minute.endsAt, nowMs);
      const hour = legacy.addressHour.hit(address, nowMs);
      if (hour.count > addressPerHour) return refuse('source', addressPerHour, hour.endsAt, nowMs);
      const key = legacy.keyHour.hit(license, nowMs);
      if (key.count > keyPerHour) return refuse('anomaly', keyPerHour, key.endsAt, nowMs);
      let from = legacy.addresses.get(license);
      if (!from || from.endsAt <= nowMs) {
        from = legacy.addresses.set(license, { endsAt: nowMs + DAY, seen: new Set() });
      }
      if (from.seen.has(address)) return null;
      if (from.seen.size >= addressesPerDay) return refuse('anomaly', addressesPerDay, from.endsAt, nowMs);
      from.seen.add(address);
      return null;
    },
    /** Accounts and keys remembered now. */
    size: () =>
      accounts.size() +
      refusals.size() +
      legacy.keyMinute.size() +
      legacy.addressHour.size() +
      legacy.keyHour.size() +
      legacy.addresses.size(),
  };
}
export type Allowances = ReturnType<typeof createAllowances>;

/** Beyond `most` the oldest goes. */
function createBounded<Value>(most: number) {
  const map = new Map<string, Value>();
  return {
    get: (name: string) => map.get(name),
    set(name: string, value: Value): Value {
      map.delete(name);
      map.set(name, value);
      if (map.size > most) map.delete(map.keys().next().value as string);
      return value;
    },
    size: () => map.size,
  };
}

function createWindow(windowMs: number, most: number) {
  const counters = createBounded<{ count: number; endsAt: number }>(most);
  return {
    hit(name: string, nowMs: number) {
      const known = counters.get(name);
      const counter =
        known && known.endsAt > nowMs ? known : counters.set(name, { count: 0, endsAt: nowMs + windowMs });
      counter.count += 1;
      return counter;
    },
    count(name: string, nowMs: number): number {
      const known = counters.get(name);
      return known && known.endsAt > nowMs ? known.count : 0;
    },
    size: counters.size,
  };
}
