import { productionRefusals, type StartFacts } from '#domain/production.ts';
import { openOrm, type Orm } from '#db/orm.ts';
import type { ApiConfiguration } from './context.ts';

/**
 * Ends a start that would not be safe in production (AUTH-15).
 * @throws Error with everything that is wrong, each with its variable and never its value
 */
export async function assertSafeStart(
  config: ApiConfiguration,
  orm: Orm,
  execArgv: readonly string[] = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''],
): Promise<void> {
  if (config.NODE_ENV !== 'production') return;
  const license = await openOrm(config.DATABASE_LICENSE_URL, 1);
  try {
    const refusals = productionRefusals(config, {
      inspecting: execArgv.some((argument) => argument.includes('--inspect')),
      database: [await lookAtRole('DATABASE_API_URL', orm), await lookAtRole('DATABASE_LICENSE_URL', license)],
    });
    if (refusals.length > 0) {
      throw new Error(
        `This is not safe in production:\n  ${refusals.join('\n  ')}\nMend it, or set NODE_ENV to development for a trial.`,
      );
    }
  } finally {
    await license.close(true);
  }
}

async function lookAtRole(variable: string, orm: Orm): Promise<StartFacts['database'][number]> {
  const [row] = await orm.em.fork().execute<Omit<StartFacts['database'][number], 'variable'>[]>(
    `select rolname as role, rolsuper as superuser, rolbypassrls as "bypassesRls",
       exists (select 1 from pg_class where relowner = r.oid and relnamespace = 'public'::regnamespace) as "ownsTables"
     from pg_roles r where rolname = current_user`,
  );
  return { variable, ...row! };
}
