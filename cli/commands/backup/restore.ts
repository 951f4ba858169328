import type { Command } from 'commander';
import { runs } from '../run.ts';
import type { RestoreOptions } from './put-back.ts';

/** `hostwright restore`: what `npm start` runs on, or a data directory for any PostgreSQL. */
export function restoreCommand(program: Command): void {
  runs<[string], RestoreOptions>(
    program
      .command('restore')
      .description('put a back-up in place of the data of npm start, or unpack it for another PostgreSQL')
      .argument('<file>', 'what hostwright backup wrote')
      .option('--identity <file>', 'the secret key that opens it, - for standard input; .data/backup.key unless told')
      .option('--to <directory>', 'unpack the cluster as this data directory, and replace nothing')
      .option('--check', 'read all of it, say what it is and whether the secrets here fit, and change nothing'),
    async (context, options, file) => (await import('./put-back.ts')).restore(context, file, options),
  );
}
