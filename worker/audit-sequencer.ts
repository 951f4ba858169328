import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { continueChain } from '#db/audit-chain.ts';
import { inTransaction, type Orm } from '#db/orm.ts';

const EVERY_MS = 1_000;
const MOST = 2_000;

/** Takes written audit entries into the hash chain about once a second; several workers take turns by a lock. */
export function startAuditSequencer(orm: Orm, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      let full = false;
      try {
        full = (await inTransaction(orm, (em) => continueChain(em, MOST))) === MOST;
      } catch (error) {
        log.warn({ error: String(error) }, 'the audit chain could not be continued; it is tried again');
      }
      // What has piled up is worked off without a pause.
      if (!full) await pause(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
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
