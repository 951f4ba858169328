import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command to its end; rejects, with its last lines, when that end is not good. */
export type RunCommand = (command: {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
}) => Promise<void>;

const run = promisify(execFile);

/** What a short command prints; rejects when it fails or takes more than half a minute. */
export async function capture(command: string, args: string[], env = process.env): Promise<string> {
  return (await run(command, args, { timeout: 30_000, env })).stdout;
}
