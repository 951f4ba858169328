import { refuseUnsafeStart } from '#domain/configuration/production.ts';
import type { ActingOrm } from '#db/acting.ts';
import { openOrm } from '#db/orm.ts';
import { roleFacts } from '#db/role-facts.ts';
import type { ApiConfiguration } from '#domain/configuration/configuration.ts';

/**
 * Ends a start of the API that would not be safe in production (AUTH-15).
 * @throws Error with everything that is wrong, each with its variable and never its value
 */
export async function assertSafeStart(
  config: ApiConfiguration,
  orm: ActingOrm,
  nodeArgs: readonly string[] = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''],
): Promise<void> {
  if (config.NODE_ENV !== 'production') return;
  const license = await openOrm(config.DATABASE_LICENSE_URL, 1);
  try {
    refuseUnsafeStart(config, {
      node: { args: nodeArgs, env: process.env },
      database: [
        await roleFacts('DATABASE_API_URL', orm.api),
        await roleFacts('DATABASE_CUSTOMER_URL', orm.customer),
        await roleFacts('DATABASE_STAFF_URL', orm.staff),
        await roleFacts('DATABASE_LICENSE_URL', license),
      ],
    });
  } finally {
    await license.close(true);
  }
}
