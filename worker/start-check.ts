import { refuseUnsafeStart } from '#domain/configuration/production.ts';
import type { Orm } from '#db/orm.ts';
import { roleFacts } from '#db/role-facts.ts';
import type { WorkerConfiguration } from '#domain/configuration/configuration.ts';

/**
 * Ends a start of the worker that would not be safe in production (AUTH-15).
 * @throws Error with everything that is wrong, each with its variable and never its value
 */
export async function assertSafeStart(
  config: WorkerConfiguration,
  orm: Orm,
  nodeArgs: readonly string[] = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''],
): Promise<void> {
  if (config.NODE_ENV !== 'production') return;
  refuseUnsafeStart(config, {
    node: { args: nodeArgs, env: process.env },
    database: [await roleFacts('DATABASE_WORKER_URL', orm)],
  });
}
