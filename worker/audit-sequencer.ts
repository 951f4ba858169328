import type { Logger } from 'pino';
import { inTransaction, type Orm } from '#db/orm.ts';

const EVERY_MS = 1_000;
const MOST = 2_000;

/** Takes written audit entries into the hash chain about once a second; several workers take turns by a lock. */
export function startAuditSequencer(orm: Orm, log: Logger): { stop(): Promise<void> } {
  let stopped = false;
  let wakeUp: () => void = () => {};
  const loop = async () => {
    while (!stopped) {
      try {
        await inTransaction(orm, (em) => em.execute('select audit_sequence(?)', [MOST]));
      } catch (error) {
        log.warn({ error: String(error) }, 'the audit chain could not be continued; it is tried again');
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, EVERY_MS);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const running = loop();
  return {
    async stop() {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}
