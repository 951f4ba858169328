import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { inTransaction, type Orm } from '#db/orm.ts';

const EVERY_MS = 1_000;
const MOST = 2_000;

/** Takes written audit entries into the hash chain about once a second; several workers take turns by a lock. */
export function startAuditSequencer(orm: Orm, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        await inTransaction(orm, (em) => em.execute('select audit_sequence(?)', [MOST]));
      } catch (error) {
        log.warn({ error: String(error) }, 'the audit chain could not be continued; it is tried again');
      }
      await pause(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
