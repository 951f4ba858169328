import { newId } from '#domain/ids.ts';
import { Session } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { newToken, tokenHash } from './tokens.ts';
import type { Role } from './permissions.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
type Kind = 'customer' | 'staff';

/** How long a session lives unused, and at most (AUTH-09). */
export const LIFETIMES: Record<Kind, { idleMs: number; absoluteMs: number }> = {
  staff: { idleMs: 30 * MINUTE, absoluteMs: 12 * HOUR },
  customer: { idleMs: 14 * DAY, absoluteMs: 30 * DAY },
};
/** How stale `last_seen_at` may be: not every request writes. */
const TOUCH_EVERY_MS = MINUTE;

/** Within it a session may do what is dangerous (AUTH-12). */
const FRESH_MS = 10 * MINUTE;
export const isFresh = (authenticatedAt: Date, asOf: Date): boolean =>
  asOf.getTime() - authenticatedAt.getTime() <= FRESH_MS;

export interface SessionUser {
  sessionId: string;
  userId: string;
  kind: Kind;
  customerId: string | null;
  email: string;
  name: string;
  role: Role | null;
  authenticatedAt: Date;
  hasSecondFactor: boolean;
  /** Of staff in the sandbox who put it off. */
  withoutSecondFactor: boolean;
}

/**
 * Whether this password hash, which a password was found to fit, is the user's still. Holds the user until the transaction
 * ends: who changes the password meanwhile waits, and ends what is made here.
 */
export async function holdsPassword(em: Em, userId: string, passwordHash: string): Promise<boolean> {
  const [user] = await em.execute<{ same: boolean }[]>(
    `select password_hash = ? as same from user_account where id = ? and disabled_at is null for share`,
    [passwordHash, userId],
  );
  return user?.same === true;
}

/** Starts a session of somebody whose password is held. @returns the token for the cookie; the database has only its hash */
export function startSession(
  em: Em,
  user: { id: string; kind: Kind },
  from: { network: string; userAgent: string | undefined },
  asOf: Date,
): { id: string; token: string; maxAgeSeconds: number } {
  const token = newToken();
  const { idleMs, absoluteMs } = LIFETIMES[user.kind];
  const id = newId();
  em.create(Session, {
    id,
    tokenHash: tokenHash(token),
    userId: user.id,
    createdAt: asOf,
    lastSeenAt: asOf,
    authenticatedAt: asOf,
    withoutSecondFactor: false,
    idleUntil: new Date(asOf.getTime() + idleMs),
    expiresAt: new Date(asOf.getTime() + absoluteMs),
    endedAt: null,
    network: from.network,
    userAgent: from.userAgent?.slice(0, 200) ?? null,
  });
  return { id, token, maxAgeSeconds: absoluteMs / 1000 };
}

/** The user of a session that lives, and keeps it alive. Every request asks, so an end counts at once (AUTH-10). */
export async function findSession(em: Em, token: string, asOf: Date): Promise<SessionUser | undefined> {
  const [row] = await em.execute<(SessionUser & { stale: boolean })[]>(
    `select s.id as "sessionId", u.id as "userId", u.kind, u.customer_id as "customerId", u.email, u.name, u.role,
       s.authenticated_at as "authenticatedAt", s.without_second_factor as "withoutSecondFactor",
       f.confirmed_at is not null as "hasSecondFactor", s.last_seen_at < ? as stale
     from session s join user_account u on u.id = s.user_id left join second_factor f on f.user_id = u.id
     where s.token_hash = ? and s.ended_at is null and s.idle_until > ? and s.expires_at > ? and u.disabled_at is null`,
    [new Date(asOf.getTime() - TOUCH_EVERY_MS), tokenHash(token), asOf, asOf],
  );
  if (!row) return undefined;
  const { stale, ...user } = row;
  if (stale) {
    await em.execute(`update session set last_seen_at = ?, idle_until = ? where id = ? and ended_at is null`, [
      asOf,
      new Date(asOf.getTime() + LIFETIMES[user.kind].idleMs),
      user.sessionId,
    ]);
  }
  // As the driver brings it.
  return { ...user, authenticatedAt: new Date(user.authenticatedAt) };
}

/** @returns whether such a session of this user was alive */
export async function endSession(em: Em, userId: string, sessionId: string, asOf: Date): Promise<boolean> {
  const rows = await em.execute(
    `update session set ended_at = ? where id = ? and user_id = ? and ended_at is null returning id`,
    [asOf, sessionId, userId],
  );
  return rows.length > 0;
}

/** Ends all of a user's sessions. @param but  one that stays */
export async function endSessions(em: Em, userId: string, asOf: Date, but?: string): Promise<number> {
  const rows = await em.execute(
    `update session set ended_at = ? where user_id = ? and ended_at is null and id <> ? returning id`,
    [asOf, userId, but ?? '00000000-0000-0000-0000-000000000000'],
  );
  return rows.length;
}

/** The sessions of a user that live, newest first. */
export const listSessions = (em: Em, userId: string, asOf: Date): Promise<Session[]> =>
  em.find(
    Session,
    { userId, endedAt: null, idleUntil: { $gt: asOf }, expiresAt: { $gt: asOf } },
    { orderBy: { lastSeenAt: 'desc' } },
  );
