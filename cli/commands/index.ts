import type { Command } from 'commander';

/** One per file of this folder: adds its command, and loads what the command needs when it runs. */
const COMMANDS: readonly ((program: Command) => void)[] = [];

/** The commands for people who run Hostwright. */
export function registerCommands(program: Command): void {
  for (const register of COMMANDS) register(program);
}
