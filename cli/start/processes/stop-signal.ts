/** Ctrl-C reaches us from the terminal, from npm and from the bootstrap: what comes this close together is one press. */
const ONE_PRESS_MS = 800;

/**
 * Hears that everything is to stop: Ctrl-C, a signal, a closed terminal, or the end of whoever started us.
 * @param onAgain  a second press: no more waiting
 */
export function listenForStop(onAgain: () => void) {
  const stop = new AbortController();
  let first = 0;
  const hear = () => {
    if (!stop.signal.aborted) {
      first = Date.now();
      stop.abort();
    } else if (Date.now() - first > ONE_PRESS_MS) onAgain();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);
  if (process.channel) process.once('disconnect', hear);
  return stop.signal;
}

/** Resolves when the signal comes. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
