import type { Logger } from 'pino';
import { continueChain } from '#db/audit/chain.ts';
import { inTransaction, type Orm } from '#db/orm.ts';
import { startLoop, type Loop } from './loop.ts';

const EVERY_MS = 1_000;
const MOST = 2_000;

/** Takes written audit entries into the hash chain about once a second; several workers take turns by a lock. */
export function startAuditSequencer(orm: Orm, log: Logger): Loop {
  return startLoop(async () => {
    try {
      const taken = await inTransaction(orm, (em) => continueChain(em, MOST));
      // What has piled up is worked off without a pause.
      return taken === MOST ? 0 : EVERY_MS;
    } catch (error) {
      log.warn({ error: String(error) }, 'the audit chain could not be continued; it is tried again');
      return EVERY_MS;
    }
  });
}
