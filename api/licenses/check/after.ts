import type { LicensePath, SecurityEvent } from '#db/licenses/license-path.ts';

/**
 * What a check leaves behind, written after it was answered: counters of licenses, last use of credentials, and
 * security events, each at most a second later. A crash loses that second of statistics and nothing else; while
 * the database is away counts add up here, bounded, and events of one kind become one entry with a count.
 */
export interface AfterOptions {
  path: Pick<LicensePath, 'countChecks' | 'touchCredentials' | 'writeEvents'>;
  everyMs?: number;
  /** Licenses counted by one statement, so that it holds its rows for a moment only. */
  most?: number;
  onError?(error: unknown): void;
}

const KINDS_OF_EVENTS = 200;
const COUNTED_LICENSES = 200_000;

export function createAfter({ path, everyMs = 1_000, most = 500, onError = () => {} }: AfterOptions) {
  let checks = new Map<string, number>();
  let credentials = new Set<string>();
  let events = new Map<string, SecurityEvent>();
  let writing: Promise<void> | null = null;

  const count = (licenseId: string, times = 1) => {
    const before = checks.get(licenseId);
    if (before !== undefined || checks.size < COUNTED_LICENSES) checks.set(licenseId, (before ?? 0) + times);
  };
  const happened = (event: Omit<SecurityEvent, 'count'>, times = 1) => {
    const key = JSON.stringify([event.action, event.actor, event.object, event.network, event.detail]);
    const before = events.get(key);
    if (before) before.count += times;
    else if (events.size < KINDS_OF_EVENTS) events.set(key, { ...event, count: times });
    else {
      // Too many kinds at once is one more kind: nothing goes uncounted.
      const rest = events.get('rest');
      if (rest) rest.count += times;
      else {
        const nobody = { type: 'anonymous', id: null } as const;
        const detail = { reason: 'more than could be told apart' };
        events.set('rest', {
          action: event.action,
          actor: nobody,
          object: event.object,
          network: null,
          detail,
          count: times,
        });
      }
    }
  };

  async function writeAll(): Promise<void> {
    const counted = [...checks];
    const used = [...credentials];
    const told = [...events.values()];
    checks = new Map();
    credentials = new Set();
    events = new Map();
    try {
      if (told.length > 0) await path.writeEvents(told);
    } catch (error) {
      onError(error);
      for (const { count: times, ...event } of told) happened(event, times);
    }
    try {
      if (used.length > 0) await path.touchCredentials(used);
    } catch (error) {
      onError(error);
      for (const id of used) credentials.add(id);
    }
    for (let i = 0; i < counted.length; i += most) {
      const some = counted.slice(i, i + most);
      try {
        await path.countChecks(some);
      } catch (error) {
        onError(error);
        for (const [id, times] of counted.slice(i)) count(id, times);
        return;
      }
    }
  }

  /** One writing at a time; a slow one delays the next instead of joining it. */
  const flush = (): Promise<void> => {
    writing ??= writeAll().finally(() => {
      writing = null;
    });
    return writing;
  };
  const timer = setInterval(flush, everyMs);
  timer.unref();

  return {
    checked: count,
    usedCredential: (id: string) => credentials.add(id),
    happened: (event: Omit<SecurityEvent, 'count'>) => happened(event),
    flush,
    async close() {
      clearInterval(timer);
      await writing;
      await flush();
    },
  };
}
export type After = ReturnType<typeof createAfter>;
