/** Who may call the simulated panel: its API keys, their levels, limits and the texts of refusal (nextpanel.md A3, A6). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Collection } from '#activities/simulation/store.ts';

export const LEVELS = ['read_only', 'user', 'developer', 'billing', 'admin', 'super_admin'] as const;
export type Level = (typeof LEVELS)[number];

export interface ApiKey {
  key_id: string;
  key_secret: string;
  name: string;
  permission_level: Level;
  /** Empty: all that the level allows. Else accounts need `account_management` or `full_access`. */
  scopes: string[];
  /** Empty: from anywhere. */
  allowed_ips: string[];
  rate_limit_per_hour: number;
  rate_limit_per_day: number;
  is_active: boolean;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

/** What whoever makes a key may say of it. */
export const KeyWish = z.object({
  name: z.string(),
  permission_level: z.enum(LEVELS),
  scopes: z.array(z.string()).default([]),
  allowed_ips: z.array(z.string()).default([]),
  rate_limit_per_hour: z.int().default(1_000),
  rate_limit_per_day: z.int().default(10_000),
});

export type Refusal = { status: 401 | 403 | 429; detail: string; retryAfter?: number };

/** A key as the panel makes it: 4 + 43 and 4 + 64 characters. */
export function newKey(given: Partial<ApiKey>, now: Date): ApiKey {
  return {
    key_id: `npk_${randomBytes(32).toString('base64url')}`,
    key_secret: `nps_${randomBytes(48).toString('base64url')}`,
    name: 'billing',
    permission_level: 'billing',
    scopes: [],
    allowed_ips: [],
    rate_limit_per_hour: 1_000,
    rate_limit_per_day: 10_000,
    is_active: true,
    created_at: now.toISOString(),
    expires_at: null,
    revoked_at: null,
    ...given,
  };
}

export interface KeyConfig {
  stored: Collection<ApiKey>;
  /** Keys of the configuration: they outlive an emptied state. */
  given: readonly ApiKey[];
  now: () => Date;
}

const HOUR = 3_600_000;
/** Compares texts in a time that tells nothing of them. */
export const same = (a: string, b: string) =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

export function createKeys({ stored, given, now }: KeyConfig) {
  const fixed = new Map(given.map((key) => [key.key_id, key]));
  const find = (id: string) => stored.get(id) ?? fixed.get(id);
  /** Calls in the window that runs: the hour's and the day's, per key. In memory, as the panel's own. */
  const windows = new Map<string, { startedAt: number; calls: number }>();

  const count = (key: ApiKey, ms: number, limit: number): number | null => {
    const name = `${key.key_id}/${ms}`;
    const at = now().getTime();
    let window = windows.get(name);
    if (!window || at >= window.startedAt + ms) windows.set(name, (window = { startedAt: at, calls: 0 }));
    window.calls += 1;
    return window.calls > limit ? Math.ceil((window.startedAt + ms - at) / 1_000) : null;
  };

  return {
    issue(wish: Partial<ApiKey>): ApiKey {
      const key = newKey(wish, now());
      return stored.set(key.key_id, key);
    },
    change(id: string, change: Partial<ApiKey>): ApiKey | undefined {
      const key = find(id);
      return key && stored.set(id, { ...key, ...change });
    },
    revoke: (id: string): void => {
      const key = find(id);
      if (key) stored.set(id, { ...key, is_active: false, revoked_at: now().toISOString() });
    },
    all: () => [...new Map([...given, ...stored.all()].map((key) => [key.key_id, key])).values()],
    /** Null when the call may go on. `needs`: the level for this route. */
    refuse(id: string | undefined, secret: string | undefined, ip: string, needs: Level): Refusal | null {
      const key = id ? find(id) : undefined;
      if (!key || !secret || !same(key.key_secret, secret)) return { status: 401, detail: 'Invalid API key or secret' };
      if (key.revoked_at || !key.is_active) return { status: 401, detail: 'API key is revoked' };
      if (key.expires_at && Date.parse(key.expires_at) <= now().getTime()) {
        return { status: 401, detail: 'API key has expired' };
      }
      if (key.allowed_ips.length > 0 && !key.allowed_ips.includes(ip)) {
        return { status: 403, detail: `IP address ${ip} is not allowed for this API key` };
      }
      const scoped = needs === 'read_only' || key.scopes.length === 0;
      const inScope = scoped || key.scopes.some((scope) => scope === 'account_management' || scope === 'full_access');
      if (LEVELS.indexOf(key.permission_level) < LEVELS.indexOf(needs) || !inScope) {
        return { status: 403, detail: "The user doesn't have super admin privileges" };
      }
      const wait =
        count(key, HOUR, key.rate_limit_per_hour) ?? count(key, 24 * HOUR, key.rate_limit_per_day) ?? undefined;
      return wait === undefined ? null : { status: 429, detail: 'Rate limit exceeded', retryAfter: wait };
    },
  };
}
export type Keys = ReturnType<typeof createKeys>;
