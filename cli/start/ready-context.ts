import type { Settings } from './environment.ts';
import type { Progress } from './progress.ts';

export interface ReadyContext {
  /** True until every hook has once ended well on this data. */
  firstStart: boolean;
  /** By name, as in `.data/running.json`. */
  addresses: Record<string, string>;
  /** Ports, secrets, data folder and the environment of whoever started us. */
  settings: Settings;
  progress: Progress;
  /** Aborted when everything is to stop. */
  signal: AbortSignal;
  /** Called below the addresses, when all else is said. */
  closing: (() => void)[];
}

/**
 * Something done once all parts are ready and before the start counts as done. What it throws ends the start.
 * @returns `again` when the next start is to count as the first one as well
 */
export type AfterReady = (context: ReadyContext) => Promise<'again' | void>;
