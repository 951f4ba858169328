/**
 * Environment a worker's process is started with. Left alone, V8 lets a heap grow as long as the machine has memory,
 * and each worker has two, its own and the workflow sandbox's; glibc keeps an arena per thread on top. These bounds
 * suit the cached workflows of `create-worker.ts` with room; Node takes them only when it starts.
 */
export const WORKER_MEMORY = {
  NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=2',
  MALLOC_ARENA_MAX: '2',
} as const;
