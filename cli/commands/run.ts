import type { Command, CommanderError } from 'commander';
import { DATA } from '#cli/root.ts';
import { openApi, type Api } from './api.ts';
import { connectionOf } from './connection.ts';
import { EXIT, EXIT_CODES, Failure, type Exit } from './failure.ts';
import { createOutput, type Output } from './output.ts';

export interface Context {
  output: Output;
  /** Opened when first asked for, so that wrong use is told before a missing connection. */
  api(): Api;
  /** Somebody is there to answer questions. */
  interactive: boolean;
}

/** What a command does with its arguments and options. @returns how it ended */
export type Run<A extends unknown[], O> = (context: Context, options: O, ...args: A) => Promise<Exit>;

/** Gives a command `--json`, its exit codes in `--help`, and one way to end. */
export function runs<A extends unknown[], O extends object>(command: Command, run: Run<A, O>): Command {
  return command
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXIT_CODES)
    .action(async (...given: unknown[]) => {
      const args = given.slice(0, -2) as A;
      const options = given.at(-2) as O & { json?: boolean };
      const output = createOutput(options.json ?? false);
      let api: Api | undefined;
      const context: Context = {
        output,
        api: () => (api ??= openApi(connectionOf(process.env, DATA))),
        interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY) && !output.json,
      };
      try {
        process.exitCode = await run(context, options, ...args);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        output.failed(error);
        process.exitCode = error.exit;
      }
    });
}

/** What commander finds wrong with the words it was given. */
export const endAsWrongUse = ({ exitCode }: CommanderError): never =>
  process.exit(exitCode === 0 ? EXIT.done : EXIT.usage);
