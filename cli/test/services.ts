import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflows } from '#cli/bundle.ts';
import { startedAt } from '#cli/pid.mjs';
import { DATA } from '#cli/root.ts';
import { startGuard } from '#cli/start/processes/guard.ts';
import { openLogs } from '#cli/start/processes/logs.ts';
import { anyPort } from '#cli/start/processes/ports.ts';
import { ensureDatabase, OWNER, startPostgres, superuserUrl } from '#cli/start/services/postgres.ts';
import { temporalService } from '#cli/start/services/programs.ts';
import { createSupervisor, type Supervisor } from '#cli/start/processes/supervisor.ts';
import { migrate } from '#db/migrate.ts';
import { TEST_PASSWORDS } from '#db/testing/database.ts';
import { obtainTemporal } from '#temporal-config/obtain.ts';
import { NEEDS, needsOf } from './needs.ts';

/** Of the superuser and the owner, for a cluster that listens on loopback and lives for the run. */
const TEST_PASSWORD = 'test';
const TEMPLATE = 'hostwright_template';
const RUNS = join(DATA, 'test');

/**
 * Starts what the chosen tests need, once for all of them, and says where it is in `process.env` (see `NEEDS`).
 * Should this process be killed, the guard stops what it started.
 */
export async function startTestServices(testFiles: string[]): Promise<{ stop(): Promise<void> }> {
  const needs = needsOf(testFiles);
  if (needs.size === 0) return { stop: async () => {} };
  sweep();
  const folder = join(RUNS, String(process.pid));
  mkdirSync(folder, { recursive: true });
  const guard = startGuard();
  const supervisor = createSupervisor({
    guard,
    logs: openLogs(join(folder, 'logs')),
    hooks: {
      ended: (name, how) => process.stderr.write(`${name} of the tests ended (${how}); it is started again\n`),
      runsAgain: () => {},
      changed: () => {},
    },
  });
  const stop = async () => {
    await supervisor.stop([['temporal', 'postgres']]);
    await guard.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([
      needs.has('database') && database(supervisor, folder),
      needs.has('temporal') && temporal(supervisor),
      needs.has('bundle') && bundle(),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function database(supervisor: Supervisor, folder: string): Promise<void> {
  const port = await anyPort();
  const cluster = { name: 'postgres', dataDir: join(folder, 'postgres'), port, superuserPassword: TEST_PASSWORD };
  await startPostgres(supervisor, { ...cluster, throwAway: true });
  await ensureDatabase(superuserUrl(cluster), TEST_PASSWORD, TEMPLATE);
  await migrate(`postgres://${OWNER}:${TEST_PASSWORD}@127.0.0.1:${port}/${TEMPLATE}`, TEST_PASSWORDS);
  process.env[NEEDS.database] = superuserUrl(cluster);
  process.env.HOSTWRIGHT_TEST_TEMPLATE = TEMPLATE;
}

async function temporal(supervisor: Supervisor): Promise<void> {
  const note = (text: string) => void process.stderr.write(`Temporal: ${text}\n`);
  const { path } = await obtainTemporal({ env: process.env, note, run: supervisor.run });
  const server = { port: await anyPort(), httpPort: await anyPort(), virtualTime: true };
  await supervisor.start(temporalService(path, server, process.env));
  process.env[NEEDS.temporal] = `127.0.0.1:${server.port}`;
}

async function bundle(): Promise<void> {
  const file = join(RUNS, 'workflows.js');
  await bundleWorkflows(file);
  process.env[NEEDS.bundle] = file;
}

/** Folders of runs that were killed. */
function sweep(): void {
  for (const name of existsSync(RUNS) ? readdirSync(RUNS) : []) {
    if (/^\d+$/.test(name) && startedAt(Number(name)) === undefined) rmSync(join(RUNS, name), { recursive: true });
  }
}
