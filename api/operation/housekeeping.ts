import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { asNobody, type ActingOrm } from '#db/acting.ts';
import { forgetOldRequests } from '../people/auth/account-requests.ts';
import { closeReadings } from './payload-readings.ts';
import { forgetOldKeys } from '../http/idempotency.ts';

const EVERY_MS = 3_600_000;
const COUNT_EVERY_MS = 60_000;
/** Long after any wait of AUTH-04 has passed. */
const GUESSES_KEPT_MS = 24 * 3_600_000;

/** Forgets what no request asks for any more. */
export async function tidy(orm: ActingOrm, asOf: Date): Promise<{ keys: number; guesses: number; requests: number }> {
  const keys = await forgetOldKeys(orm, asOf);
  const guesses = await asNobody(orm, (em) =>
    em.execute(`delete from guess where window_started_at < ? returning 1`, [
      new Date(asOf.getTime() - GUESSES_KEPT_MS),
    ]),
  );
  const requests = await asNobody(orm, (em) => forgetOldRequests(em, asOf));
  return { keys, guesses: guesses.length, requests };
}

/** Tidies up every hour, and tells each minute of readings that are counted. @returns how to stop both */
export function startHousekeeping(orm: ActingOrm, clock: () => Date, log: Logger): () => void {
  const closing = new AbortController();
  const repeat = async (everyMs: number, work: () => Promise<unknown>) => {
    while (!closing.signal.aborted) {
      await pause(everyMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      if (closing.signal.aborted) return;
      await work().catch((error: unknown) => log.warn({ err: error }, 'housekeeping waits for the database'));
    }
  };
  void repeat(EVERY_MS, () => tidy(orm, clock()));
  void repeat(COUNT_EVERY_MS, () => closeReadings(orm, clock()));
  return () => closing.abort();
}
