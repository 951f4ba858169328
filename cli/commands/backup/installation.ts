import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretValues } from '#cli/backup/secret-checks.ts';
import { takeLock } from '#cli/pid-lock.mjs';
import { environmentOf, isEmbedded, readBy, type Settings } from '#cli/start/environment.ts';
import { readJson } from '#cli/start/files.ts';
import { startGuard } from '#cli/start/processes/guard.ts';
import { rememberProcesses, stopLeftovers } from '#cli/start/processes/leftovers.ts';
import { openLogs } from '#cli/start/processes/logs.ts';
import { anyPort, PORTS } from '#cli/start/processes/ports.ts';
import { openSecrets } from '#cli/start/processes/secrets.ts';
import { createSupervisor, type Supervisor } from '#cli/start/processes/supervisor.ts';
import { startPostgres, superuserUrl, type ClusterConfig } from '#cli/start/services/postgres.ts';
import { Failure, wrongUse } from '../failure.ts';

type Environment = Record<string, string | undefined>;

/** What `npm start` made in the data folder. */
export interface Embedded {
  data: string;
  settings: Settings;
  /** Undefined where the person has a Temporal server of his own. */
  temporalFile?: string | undefined;
  secrets: SecretValues;
}

/**
 * The installation of the data folder.
 * @returns undefined when npm start never ran here; its secrets are never made by looking
 */
export function embeddedIn(data: string, own: Environment): Embedded | undefined {
  const file = join(data, 'secrets.json');
  if (!existsSync(file)) return undefined;
  const ports = { ...PORTS, ...readJson(join(data, 'ports.json'), {}) };
  const settings = { own, ports, secrets: openSecrets(file), data };
  const { databaseSuperuserPassword } = settings.secrets;
  return {
    data,
    settings,
    ...(isEmbedded(own, 'temporal') && { temporalFile: join(data, 'temporal/server.db') }),
    secrets: {
      ...secretsOf(environmentOf('backup', settings)),
      ...(isEmbedded(own, 'postgres') && { databaseSuperuserPassword }),
    },
  };
}

/** Of an environment, what a back-up proves. */
export const secretsOf = (environment: Environment): SecretValues =>
  Object.fromEntries(
    readBy('backup')
      .filter((name) => !/^(DATABASE|BACKUP)_/.test(name))
      .map((name) => [name, environment[name]]),
  );

/** Where the cluster of the data folder is, or would be. */
export const clusterIn = (folder: string, { settings }: Embedded, port: number): ClusterConfig => ({
  name: 'postgres-backup',
  dataDir: join(folder, 'postgres'),
  port,
  superuserPassword: settings.secrets.databaseSuperuserPassword,
});

/** Holds the data folder, so that nothing starts there meanwhile. @throws Failure when something runs there */
export async function withDataFolder<T>(data: string, work: () => Promise<T>): Promise<T> {
  const lock = takeLock(join(data, 'start.lock'));
  if ('heldBy' in lock) {
    throw new Failure('running', `Hostwright runs here${lock.heldBy ? `, as process ${lock.heldBy}` : ''}.`, {
      lines: ['Stop it first: Ctrl-C in the terminal of npm start.'],
    });
  }
  try {
    await stopLeftovers(join(data, 'processes.json'));
    return await work();
  } finally {
    lock.release();
  }
}

/** Processes for as long as the work takes; should we be killed, they end all the same. */
export async function withSupervisor<T>(data: string, work: (supervisor: Supervisor) => Promise<T>): Promise<T> {
  const guard = startGuard();
  const supervisor: Supervisor = createSupervisor({
    guard,
    logs: openLogs(join(data, 'logs')),
    hooks: {
      ended: () => {},
      runsAgain: () => {},
      changed: () => rememberProcesses(join(data, 'processes.json'), supervisor.identities()),
    },
  });
  try {
    return await work(supervisor);
  } finally {
    await supervisor.stop([[]]);
    await guard.close();
  }
}

/**
 * The cluster of the data folder, where it runs, or started for as long as the work takes.
 * @param onCold  hears when nothing runs
 * @throws Failure when there is no database yet
 */
export async function withEmbeddedCluster<T>(
  embedded: Embedded,
  onCold: () => void,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const { data, settings } = embedded;
  if (!existsSync(join(data, 'postgres/PG_VERSION'))) {
    throw new Failure('no_database', `There is no database in ${data} yet.`, { lines: ['npm start makes one.'] });
  }
  const lock = takeLock(join(data, 'start.lock'));
  if ('heldBy' in lock) return work(environmentOf('backup', settings).DATABASE_BACKUP_URL!);
  lock.release();
  return withDataFolder(data, () =>
    withSupervisor(data, async (supervisor) => {
      onCold();
      const cluster = clusterIn(data, embedded, await anyPort());
      await startPostgres(supervisor, cluster);
      return work(superuserUrl(cluster));
    }),
  );
}

/** The data folder has something to back up or replace, or the person learns what to set. */
export function embeddedOrWrongUse(data: string, env: Environment): Embedded {
  const embedded = embeddedIn(data, env);
  if (!embedded) {
    throw wrongUse(`DATABASE_BACKUP_URL is not set, and npm start made nothing in ${data}.`, [
      'Set it to the address of a superuser, or of a role with REPLICATION that reads schema_migration.',
    ]);
  }
  if (!isEmbedded(env, 'postgres')) {
    throw wrongUse('DATABASE_URL names a PostgreSQL of your own, and DATABASE_BACKUP_URL is not set.', [
      'Set it to the address of a superuser there, or of a role with REPLICATION that reads schema_migration.',
    ]);
  }
  return embedded;
}
