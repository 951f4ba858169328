import { setTimeout as pause } from 'node:timers/promises';

export interface Loop {
  /** Resolves when the turn that is under way has ended. */
  stop(): Promise<void>;
}

/** Waits, or returns at once when it is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const waitFor: Wait = (ms, signal) => pause(ms, undefined, { signal }).catch(() => {});

/**
 * Takes one turn after the other until it is stopped.
 * @param turn  deals with its own errors; answers in how many milliseconds the next begins, 0 for at once
 */
export function startLoop(turn: () => Promise<number>, wait = waitFor): Loop {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const ms = await turn();
      if (ms > 0) await wait(ms, stopping.signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
