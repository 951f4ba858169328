import type { Command } from 'commander';
import { apiKeysCommand } from './people/api-keys.ts';
import { auditCommand } from './desk/audit.ts';
import { backupCommand } from './backup/backup.ts';
import { diagnoseCommand } from './licenses/diagnose.ts';
import { gatewaysCommand } from './money/gateways.ts';
import { incidentsCommand } from './desk/incidents.ts';
import { ordersCommand } from './orders/orders.ts';
import { provisionCommand } from './orders/provision.ts';
import { nodesCommand } from './nodes/nodes.ts';
import { restoreCommand } from './backup/restore.ts';
import { endAsWrongUse } from './run.ts';
import { sealCommand } from './secrets/seal.ts';
import { tasksCommand } from './desk/tasks.ts';
import { workflowsCommand } from './desk/workflows.ts';

/** One per file of this folder: adds its command, and loads what the command needs when it runs. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  provisionCommand,
  ordersCommand,
  diagnoseCommand,
  incidentsCommand,
  tasksCommand,
  nodesCommand,
  gatewaysCommand,
  workflowsCommand,
  apiKeysCommand,
  auditCommand,
  sealCommand,
  backupCommand,
  restoreCommand,
];

/** The commands for people who run Hostwright. */
export function registerCommands(program: Command): void {
  // Inherited by every command that is added from here on.
  program.exitOverride(endAsWrongUse);
  for (const register of COMMANDS) register(program);
}
