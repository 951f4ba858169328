import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '#cli/pid-lock.mjs';
import { writeWhole } from '#cli/start/files.ts';
import { startGuard } from '#cli/start/processes/guard.ts';
import { openLogs } from '#cli/start/processes/logs.ts';
import { anyPort } from '#cli/start/processes/ports.ts';
import { openSecrets } from '#cli/start/processes/secrets.ts';
import { createSupervisor } from '#cli/start/processes/supervisor.ts';
import { DATABASE, ensureDatabase, OWNER, startPostgres, superuserUrl } from '#cli/start/services/postgres.ts';
import { temporalService } from '#cli/start/services/programs.ts';
import { migrate } from '#db/migrate.ts';
import { TEST_PASSWORDS } from '#db/testing/database.ts';
import { obtainTemporal } from '#temporal-config/obtain.ts';

/**
 * A data folder as `npm start` makes it, with its PostgreSQL and, where asked for, its Temporal, which run from
 * `start` to `stop` on the same ports each time.
 */
export async function openInstallation(data: string, { temporal = false } = {}) {
  const secrets = openSecrets(join(data, 'secrets.json'));
  const ports = { postgres: await anyPort(), temporal: await anyPort(), temporalHttp: await anyPort() };
  writeWhole(join(data, 'ports.json'), JSON.stringify(ports));
  const cluster = {
    name: 'postgres',
    dataDir: join(data, 'postgres'),
    port: ports.postgres,
    superuserPassword: secrets.databaseSuperuserPassword,
  };
  const superuser = superuserUrl(cluster);
  let stop: (() => Promise<void>) | undefined;

  const startTemporal = async (supervisor: ReturnType<typeof createSupervisor>) => {
    const { path } = await obtainTemporal({ env: process.env, note: () => {}, run: supervisor.run });
    mkdirSync(join(data, 'temporal'), { recursive: true });
    const file = join(data, 'temporal/server.db');
    const server = { port: ports.temporal, httpPort: ports.temporalHttp, file, virtualTime: false };
    await supervisor.start(temporalService(path, server, process.env));
  };
  const startDatabase = async (supervisor: ReturnType<typeof createSupervisor>) => {
    await startPostgres(supervisor, cluster);
    await ensureDatabase(superuser, secrets.databaseOwnerPassword);
    const owner = `postgres://${OWNER}:${secrets.databaseOwnerPassword}@127.0.0.1:${ports.postgres}/${DATABASE}`;
    await migrate(owner, TEST_PASSWORDS);
  };
  return {
    data,
    secrets,
    superuserUrl: superuser,
    databaseUrl: Object.assign(new URL(superuser), { pathname: `/${DATABASE}` }).href,
    temporalAddress: `127.0.0.1:${ports.temporal}`,
    async start(): Promise<void> {
      const lock = takeLock(join(data, 'start.lock'));
      if ('heldBy' in lock) throw new Error(`process ${lock.heldBy} runs on ${data}`);
      const guard = startGuard();
      const supervisor = createSupervisor({
        guard,
        logs: openLogs(join(data, 'logs')),
        hooks: { ended: () => {}, runsAgain: () => {}, changed: () => {} },
      });
      stop = async () => {
        await supervisor.stop([['temporal', 'postgres']]);
        await guard.close();
        lock.release();
      };
      await Promise.all([startDatabase(supervisor), temporal && startTemporal(supervisor)]);
    },
    async stop(): Promise<void> {
      await stop?.();
      stop = undefined;
    },
  };
}
export type Installation = Awaited<ReturnType<typeof openInstallation>>;
