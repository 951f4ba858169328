import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DATA } from '#cli/root.ts';
import { startGuard } from '#cli/start/processes/guard.ts';
import { openLogs } from '#cli/start/processes/logs.ts';
import { anyPort } from '#cli/start/processes/ports.ts';
import { ensureDatabase, OWNER, startPostgres, superuserUrl } from '#cli/start/services/postgres.ts';
import { temporalService } from '#cli/start/services/programs.ts';
import { createSupervisor } from '#cli/start/processes/supervisor.ts';
import { migrate } from '#db/migrate.ts';
import { TEST_PASSWORDS } from '#db/testing/database.ts';
import { obtainTemporal } from '#temporal-config/obtain.ts';

const TEMPLATE = 'outage_template';
const PASSWORD = 'outage';

/**
 * A PostgreSQL and a Temporal of this test's own, on disk and durable, supervised as the launcher does it: what is
 * killed comes back by itself with what it had.
 */
export async function startKillableServers() {
  const folder = join(DATA, 'test', `outage-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const guard = startGuard();
  const away = new Set<string>();
  const supervisor = createSupervisor({
    guard,
    logs: openLogs(join(folder, 'logs')),
    hooks: { ended: () => {}, runsAgain: (name) => void away.delete(name), changed: () => {} },
  });
  const cluster = {
    name: 'postgres',
    dataDir: join(folder, 'postgres'),
    port: await anyPort(),
    superuserPassword: PASSWORD,
  };
  await startPostgres(supervisor, cluster);
  await ensureDatabase(superuserUrl(cluster), PASSWORD, TEMPLATE);
  await migrate(`postgres://${OWNER}:${PASSWORD}@127.0.0.1:${cluster.port}/${TEMPLATE}`, TEST_PASSWORDS);
  const { path } = await obtainTemporal({ env: process.env, note: () => {}, run: supervisor.run });
  const server = {
    port: await anyPort(),
    httpPort: await anyPort(),
    file: join(folder, 'temporal.db'),
    virtualTime: false,
  };
  await supervisor.start(temporalService(path, server, process.env));
  return {
    postgresUrl: superuserUrl(cluster),
    template: TEMPLATE,
    temporalAddress: `127.0.0.1:${server.port}`,
    /** Signal 9; the supervisor starts it again. */
    kill(name: 'postgres' | 'temporal') {
      away.add(name);
      process.kill(supervisor.pids()[name]!, 'SIGKILL');
    },
    /** Until all that was killed answers again. Sessions of a killed PostgreSQL may answer for a moment longer. */
    async back() {
      while (away.size > 0) await pause(50);
    },
    async close() {
      await supervisor.stop([['temporal', 'postgres']]);
      await guard.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
