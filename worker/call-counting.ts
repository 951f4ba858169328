import type { Logger } from 'pino';
import type { CallCounter } from '#activities/nodes/count-calls.ts';
import { startLoop, type Loop } from './loop.ts';

const EVERY_MS = 10_000;

/** Tells the database what this worker has asked of panels, and hears what others have; the last time when it stops. */
export function startCallCounting(counter: CallCounter, log: Logger): Loop {
  const flush = () =>
    counter.flush().catch((error: unknown) => {
      log.warn({ error: String(error) }, 'the calls of panels could not be counted; it is tried again');
    });
  const loop = startLoop(async () => {
    await flush();
    return EVERY_MS;
  });
  return {
    async stop() {
      await loop.stop();
      await flush();
    },
  };
}
