import type { listen } from './simulator.ts';

/** Makes a vendor's simulator from the environment of its process. Each vendor's `simulator/start.ts` exports one. */
export type StartSimulator = (environment: SimulatorEnvironment) => Promise<StartedSimulator> | StartedSimulator;

export interface SimulatorEnvironment {
  /** A variable by its name, as our own configuration has it. @throws Error when there is none */
  setting(name: string): string;
  /** What it remembers; memory only without it. */
  stateFile: string | undefined;
  /** Where its events go. */
  webhookUrl: string | undefined;
}

export interface StartedSimulator {
  app: Parameters<typeof listen>[0];
  stop?(): void | Promise<void>;
}
