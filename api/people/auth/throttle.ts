import { asNobody, type ActingOrm } from '#db/acting.ts';
import { derive, hmacSha256 } from '#db/secrets/seal.ts';
import type { Em } from '#db/orm.ts';
import type { Logger } from 'pino';
import { networkKey } from '#api/http/middleware/network.ts';
import { Problem } from '#api/http/problem.ts';

const MINUTE_MS = 60_000;
/** Who signed in from a network this recently is no stranger there. */
const FAMILIAR_MS = 30 * 24 * 3_600_000;
/** Failures in this process within a minute that are told to whoever reads the logs. */
const ALARM_PER_MINUTE = 200;

/** What is guessed at. */
export type GuessTarget =
  | { kind: 'customer' | 'staff'; email: string }
  /** The password behind a mailed link, or the link itself. */
  | { kind: 'link'; token: string }
  /** The password of somebody who has shown a code of his second factor already. */
  | { kind: 'factor'; userId: string }
  /** The code of somebody whose password was right. */
  | { kind: 'code'; userId: string }
  | { kind: 'setup' };

/** Something that was guessed at: counted before the guess is judged, so that parallel guesses count too. */
export interface Guess {
  /** The guess was right: the account's count starts over, the network's loses this one. */
  right(): Promise<void>;
}

/**
 * Slows guessing down, across restarts and replicas (AUTH-04): after five failures in 15 minutes an account makes
 * wait 1, 2, 4 … 60 s between guesses, and takes 20 an hour at most, from however many networks; a network has 50 in
 * 15 minutes. Nobody is locked out for good: who signed in from a network before is counted apart from strangers, and a
 * link that is mailed to the owner starts the account's count over.
 * @param secret  SESSION_SECRET, base64: accounts are counted under a hash keyed by it, so that the database alone does not
 *   say whose were guessed at
 */
export function createThrottle(orm: ActingOrm, log: Logger, secret: string, alarmPerMinute = ALARM_PER_MINUTE) {
  const key = derive(Buffer.from(secret, 'base64'), 'guess');
  const nameOf = (target: GuessTarget): string =>
    hmacSha256(key, `${target.kind}/${subjectOf(target).toLowerCase()}`).toString('base64url');
  let minute = 0;
  let inMinute = 0;
  const watch = (asOf: Date) => {
    const now = Math.floor(asOf.getTime() / 60_000);
    inMinute = now === minute ? inMinute + 1 : 1;
    minute = now;
    if (inMinute === alarmPerMinute) log.warn({ guesses: inMinute }, 'unusually many sign-in guesses this minute');
  };

  return {
    /**
     * Call before a guess is judged; the account may exist or not, it counts the same.
     * @throws Problem 429 with Retry-After
     */
    async guess(target: GuessTarget, network: string, asOf: Date): Promise<Guess> {
      watch(asOf);
      const where = networkKey(network);
      const subject = subjectOf(target);
      const [accountKey, hourKey, networkName] = await asNobody(orm, async (em) => {
        // Known and unknown accounts cost the same statement.
        const [row] = await em.execute<{ familiar: boolean }[]>(
          `select exists (select 1 from session s join user_account u on u.id = s.user_id
             where u.kind = ? and lower(u.email) = lower(?) and s.network = ? and s.created_at > ?) as familiar`,
          [target.kind, subject, network, new Date(asOf.getTime() - FAMILIAR_MS)],
        );
        const name = row!.familiar ? `${nameOf(target)}/${where}` : nameOf(target);
        const keys = [`account/${name}`, `hour/${name}`, `network/${where}`] as const;
        // The network first, and one transaction: what has to wait at one is not counted at the others.
        await count(em, keys[2], NETWORK, asOf);
        await count(em, keys[1], ACCOUNT_HOUR, asOf);
        await count(em, keys[0], target.kind === 'code' ? CODE : ACCOUNT, asOf);
        return keys;
      });
      return {
        right: () =>
          asNobody(orm, async (em) => {
            await em.execute(
              `update guess set failures = greatest(failures - 1, 0), blocked_until = null where key = ?`,
              [networkName],
            );
            await em.execute(`delete from guess where key in (?, ?)`, [accountKey, hourKey]);
          }),
      };
    },

    /** The owner came in by a mailed link: what strangers guessed does not keep him from signing in. */
    async forgive(em: Em, account: { kind: 'customer' | 'staff'; email: string }): Promise<void> {
      const name = nameOf(account);
      await em.execute(`delete from guess where key in (?, ?)`, [`account/${name}`, `hour/${name}`]);
    },
  };
}
export type Throttle = ReturnType<typeof createThrottle>;

const subjectOf = (target: GuessTarget): string => {
  if (target.kind === 'setup') return '';
  if (target.kind === 'link') return target.token;
  return target.kind === 'factor' || target.kind === 'code' ? target.userId : target.email;
};

interface Allowed {
  /** Failures within the window before there is a wait. */
  failures: number;
  windowMs: number;
  /** Shortest and longest wait after a failure beyond; it doubles in between. */
  waitSeconds: [number, number];
}
const ACCOUNT: Allowed = { failures: 5, windowMs: 15 * MINUTE_MS, waitSeconds: [1, 60] };
const CODE: Allowed = { failures: 5, windowMs: 10 * MINUTE_MS, waitSeconds: [600, 600] };
const ACCOUNT_HOUR: Allowed = { failures: 20, windowMs: 60 * MINUTE_MS, waitSeconds: [3_600, 3_600] };
const NETWORK: Allowed = { failures: 50, windowMs: 15 * MINUTE_MS, waitSeconds: [900, 900] };

/** Counts one guess at a key, or throws how long it has to wait; one that has to wait is not counted. */
async function count(
  em: Em,
  key: string,
  { failures, windowMs, waitSeconds: [least, most] }: Allowed,
  asOf: Date,
): Promise<void> {
  const windowStart = new Date(asOf.getTime() - windowMs);
  const counted = await em.execute(
    `insert into guess as g (key, failures, window_started_at) values (?, 1, ?)
     on conflict (key) do update set
       failures = case when g.window_started_at <= ? then 1 else g.failures + 1 end,
       -- Once there is a wait, only a quiet window ends it.
       window_started_at = case when g.window_started_at <= ? or g.failures >= ?
         then excluded.window_started_at else g.window_started_at end,
       blocked_until = case when g.window_started_at > ? and g.failures + 1 >= ?
         then excluded.window_started_at + least(? * power(2, least(g.failures + 1 - ?, 10)), ?) * interval '1 second' end
     where g.blocked_until is null or g.blocked_until <= excluded.window_started_at
     returning key`,
    [key, asOf, windowStart, windowStart, failures, windowStart, failures, least, failures, most],
  );
  if (counted.length > 0) return;
  const [row] = await em.execute<{ seconds: number }[]>(
    `select ceil(extract(epoch from blocked_until - ?::timestamptz))::int as seconds from guess where key = ?`,
    [asOf, key],
  );
  const seconds = Math.max(1, row?.seconds ?? 1);
  throw new Problem(429, 'too_many_guesses', `Too many failed attempts. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}
