import type { Command } from 'commander';
import { runs } from '../run.ts';

interface Options {
  recipient?: string;
  makeKey?: string;
}

/** `hostwright backup`: PostgreSQL and Temporal together, encrypted, while everything runs. */
export function backupCommand(program: Command): void {
  runs<[string | undefined], Options>(
    program
      .command('backup')
      .description('back up PostgreSQL and Temporal together, encrypted, while everything runs (DATABASE_BACKUP_URL)')
      .argument('[file or directory]', 'where to; a folder backups beside .data unless told')
      .option('--recipient <age1…>', 'who can open it, several by comma; BACKUP_RECIPIENT unless told')
      .option('--make-key <file>', 'back nothing up: put a new secret key into a file, and print its recipient'),
    async (context, { recipient, makeKey }, target) => {
      const { backUp, makeNewKey } = await import('./back-up.ts');
      return makeKey ? makeNewKey(context, makeKey) : backUp(context, target, recipient);
    },
  );
}
