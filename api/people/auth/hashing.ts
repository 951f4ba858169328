import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { unavailable } from '#api/http/problem.ts';

/** argon2id (the library's default) with 46 MiB, one pass, one lane (AUTH-01). */
const PARAMETERS = { memoryCost: 47_104, timeCost: 1, parallelism: 1 } as const;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

export interface HashingOptions {
  /** Hashes computed at once; each takes a core and 46 MiB. */
  parallel?: number;
  /** Who may wait for one; beyond, the answer is 503. */
  waiting?: number;
}

/** Hashes passwords off the event loop, so many at once, with a queue that ends. */
export function createHashing({
  parallel = Math.max(1, availableParallelism() - 1),
  waiting = 100,
}: HashingOptions = {}) {
  let running = 0;
  const queue: (() => void)[] = [];

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= parallel) {
      if (queue.length >= waiting) {
        throw unavailable('sign_in_busy', 'Too many people sign in at this moment. Try again in a few seconds.', 3);
      }
      // Whoever ends hands its place on, so `running` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };

  let dummy: Promise<string> | undefined;
  return {
    hash: (password: string): Promise<string> => inTurn(() => hash(password, PARAMETERS)),
    /**
     * @param stored  PHC string; undefined for an unknown user, which costs the same and is never right (AUTH-03)
     * @returns whether it is right, and whether it should be hashed anew with today's parameters
     */
    async verify(password: string, stored: string | undefined): Promise<{ right: boolean; outdated: boolean }> {
      const against = stored ?? (await (dummy ??= inTurn(() => hash('nobody has this password', PARAMETERS))));
      const right = await inTurn(() => verify(against, password));
      return { right: right && stored !== undefined, outdated: isOutdated(against) };
    },
  };
}
export type Hashing = ReturnType<typeof createHashing>;

function isOutdated(phc: string): boolean {
  const [, memory, time, lanes] = PHC.exec(phc) ?? [];
  return (
    Number(memory) !== PARAMETERS.memoryCost ||
    Number(time) !== PARAMETERS.timeCost ||
    Number(lanes) !== PARAMETERS.parallelism
  );
}
