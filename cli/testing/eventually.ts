import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is yes. @throws Error naming what never came true */
export async function eventually(
  what: string,
  ask: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(20)) if (await ask()) return;
  throw new Error(`${what}: not within ${withinMs} ms`);
}
