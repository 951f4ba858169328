/** `npm test -- --full`: what is long runs whole. */
export const isFullRun = process.env.HOSTWRIGHT_TEST_FULL === '1';

/**
 * A fair share of many cases: each nth of all, so that every kind of case is met, the same ones in every run.
 * @param nth  how many times longer the whole is
 * @returns all of them in a full run
 */
export const sampled = <T>(cases: readonly T[], nth: number): T[] =>
  isFullRun ? [...cases] : cases.filter((_, at) => at % nth === 0);

/** How many runs of a property: this many in a full run, and the nth part of it otherwise. */
export const sampledRuns = (runs: number, nth: number): number => (isFullRun ? runs : Math.ceil(runs / nth));
