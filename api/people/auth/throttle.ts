import { asNobody } from '#db/acting.ts';
import { sha256 } from '#db/secrets/seal.ts';
import type { Em, Orm } from '#db/orm.ts';
import type { Logger } from 'pino';
import { networkKey } from '#api/http/middleware/network.ts';
import { Problem } from '#api/http/problem.ts';

const WINDOW_MS = 15 * 60_000;
/** Who signed in from a network this recently is no stranger there. */
const FAMILIAR_MS = 30 * 24 * 3_600_000;
/** Failures in this process within a minute that are told to whoever reads the logs. */
const ALARM_PER_MINUTE = 200;

/** What is guessed at. */
export type GuessTarget = { kind: 'customer' | 'staff'; email: string } | { kind: 'setup' };

/** Something that was guessed at: counted before the guess is judged, so that parallel guesses count too. */
export interface Guess {
  /** The guess was right: the account's count starts over, the network's loses this one. */
  right(): Promise<void>;
}

/**
 * Slows guessing down, across restarts and replicas (AUTH-04): after five failures in 15 minutes an account makes
 * wait 1, 2, 4 … 60 s between guesses; a network has 50 in 15 minutes. Nobody is locked out for good, and who signed
 * in from a network before is counted apart from strangers, who therefore cannot keep him out.
 */
export function createThrottle(orm: Orm, log: Logger, alarmPerMinute = ALARM_PER_MINUTE) {
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
      const email = target.kind === 'setup' ? '' : target.email;
      const [accountKey, networkName] = await asNobody(orm, async (em) => {
        // Known and unknown accounts cost the same statement.
        const [row] = await em.execute<{ familiar: boolean }[]>(
          `select exists (select 1 from session s join user_account u on u.id = s.user_id
             where u.kind = ? and lower(u.email) = lower(?) and s.network = ? and s.created_at > ?) as familiar`,
          [target.kind, email, network, new Date(asOf.getTime() - FAMILIAR_MS)],
        );
        const name = sha256(`${target.kind}/${email.toLowerCase()}`).toString('base64url');
        const keys = [row!.familiar ? `account/${name}/${where}` : `account/${name}`, `network/${where}`] as const;
        // The network first, and one transaction: what has to wait at one is not counted at the other.
        await count(em, keys[1], NETWORK, asOf);
        await count(em, keys[0], ACCOUNT, asOf);
        return keys;
      });
      return {
        right: () =>
          asNobody(orm, async (em) => {
            await em.execute(
              `update guess set failures = greatest(failures - 1, 0), blocked_until = null where key = ?`,
              [networkName],
            );
            await em.execute(`delete from guess where key = ?`, [accountKey]);
          }),
      };
    },
  };
}
export type Throttle = ReturnType<typeof createThrottle>;

interface Allowed {
  /** Failures within 15 minutes before there is a wait. */
  failures: number;
  /** Shortest and longest wait after a failure beyond; it doubles in between. */
  waitSeconds: [number, number];
}
const ACCOUNT: Allowed = { failures: 5, waitSeconds: [1, 60] };
const NETWORK: Allowed = { failures: 50, waitSeconds: [900, 900] };

/** Counts one guess at a key, or throws how long it has to wait; one that has to wait is not counted. */
async function count(
  em: Em,
  key: string,
  { failures, waitSeconds: [least, most] }: Allowed,
  asOf: Date,
): Promise<void> {
  const windowStart = new Date(asOf.getTime() - WINDOW_MS);
  const counted = await em.execute(
    `insert into guess as g (key, failures, window_started_at) values (?, 1, ?)
     on conflict (key) do update set
       failures = case when g.window_started_at <= ? then 1 else g.failures + 1 end,
       -- Once there is a wait, only 15 quiet minutes end it.
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
