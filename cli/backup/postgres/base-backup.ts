import { Readable } from 'node:stream';
import pg from 'pg';
import { Failure } from '#cli/commands/failure.ts';

/** What a base backup sends, beside the files themselves. */
export interface BaseBackup {
  /** All of the data directory and the WAL to make it consistent, as the tar that PostgreSQL sends. */
  files: Readable;
  /** PostgreSQL's own list of the files with size and SHA-256 of each, as JSON; complete once `files` has ended. */
  manifest(): string;
}

/** What a handler of queries hears from `pg`; its types leave it out. */
interface CopyOut extends pg.Submittable {
  handleRowDescription(): void;
  handleDataRow(message: { fields: (string | null)[] }): void;
  handleCommandComplete(): void;
  handleCopyData(message: { chunk: Buffer }): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

const [NEW_ARCHIVE, MANIFEST, DATA] = ['n', 'm', 'd'].map((letter) => letter.charCodeAt(0));

/**
 * Has PostgreSQL make a base backup of the whole cluster while everybody works, as `pg_basebackup` does. A temporary
 * slot keeps the WAL it needs until the connection ends.
 * Source: PostgreSQL 18, "Streaming Replication Protocol", BASE_BACKUP; the same since 15.
 * @param url  of a role with REPLICATION, in any database
 */
export async function openBaseBackup(url: string): Promise<BaseBackup & { close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, replication: 'database' } as pg.ClientConfig);
  // A connection that breaks is told to whoever reads the files.
  client.on('error', (error) => files.destroy(error));
  const manifest: Buffer[] = [];
  let socket: { pause(): void; resume(): void } | undefined;
  const files = new Readable({ read: () => socket?.resume() });
  files.on('error', () => {});
  await client.connect();
  await client.query(
    `select pg_create_physical_replication_slot('hostwright_backup_' || pg_backend_pid(), true, true)`,
  );

  let archives = 0;
  let inManifest = false;
  const copy: CopyOut = {
    submit(connection) {
      socket = connection.stream;
      connection.query(
        `BASE_BACKUP (LABEL 'hostwright', CHECKPOINT 'fast', WAL true, WAIT false, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')`,
      );
    },
    handleRowDescription() {},
    handleDataRow() {},
    handleCommandComplete() {},
    handleCopyData({ chunk }) {
      // The parser reads the next message into the same memory.
      const data = () => Buffer.from(chunk.subarray(1));
      if (chunk[0] === NEW_ARCHIVE) archives += 1;
      else if (chunk[0] === MANIFEST) inManifest = true;
      else if (chunk[0] === DATA && inManifest) manifest.push(data());
      else if (chunk[0] === DATA && archives === 1 && !files.push(data())) socket?.pause();
    },
    handleReadyForQuery() {
      if (!files.destroyed) files.push(null);
    },
    handleError: (error) => void files.destroy(error),
  };
  client.query(copy);
  return {
    files,
    manifest: () => Buffer.concat(manifest).toString('utf8'),
    close: () => client.end().catch(() => {}),
  };
}

/** What has to be known of a cluster before it is backed up. */
export interface Cluster {
  /** Such as `18.4`. */
  version: string;
  major: number;
  /** Which cluster it is; copies of one have the same. */
  system: string;
  databases: string[];
  /** Configuration files that lie outside the data directory, which a base backup does not have. */
  outside: string[];
}

interface Facts {
  version: string;
  number: number;
  system: string;
  standby: boolean;
  may: boolean;
  wal: string;
  senders: number;
  slots: number;
  tablespaces: string[];
  databases: string[];
  outside: string[];
}

/** Settings that only some roles may read are left out of `pg_settings` for the others. */
const FACTS = `select split_part(current_setting('server_version'), ' ', 1) as version,
  current_setting('server_version_num')::int as number,
  (select system_identifier::text from pg_control_system()) as system, pg_is_in_recovery() as standby,
  (select rolsuper or rolreplication from pg_roles where rolname = current_user) as may,
  current_setting('wal_level') as wal, current_setting('max_wal_senders')::int as senders,
  current_setting('max_replication_slots')::int as slots,
  array(select spcname::text from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as tablespaces,
  array(select datname::text from pg_database) as databases,
  array(select s.setting from pg_settings s where s.name in ('config_file', 'hba_file', 'ident_file')
    and not starts_with(s.setting, (select setting || '/' from pg_settings where name = 'data_directory'))) as outside`;

/** Looks whether a base backup can be made. @throws Failure saying why not, and what to do */
export async function inspectCluster(client: pg.Client): Promise<Cluster> {
  const facts = (await client.query<Facts>(FACTS)).rows[0]!;
  for (const [wrong, code, message, remedy] of OBSTACLES) {
    if (wrong(facts)) throw new Failure(code, message(facts), { lines: [remedy] });
  }
  const { version, number, system, databases, outside } = facts;
  return { version, major: Math.floor(number / 10_000), system, databases, outside };
}

const MANAGED = 'Where PostgreSQL is managed and does not allow it, use the back-ups of whoever manages it.';

const OBSTACLES: readonly [
  wrong: (facts: Facts) => boolean,
  code: string,
  message: (facts: Facts) => string,
  remedy: string,
][] = [
  [
    ({ number }) => number < 150_000,
    'cluster_too_old',
    ({ version }) => `The cluster is of PostgreSQL ${version}; back-ups need 15 or newer.`,
    'Upgrade it, or back it up with its own tools.',
  ],
  [
    ({ standby }) => standby,
    'cluster_is_standby',
    () => 'This is a standby, which follows another server.',
    'Name the primary in DATABASE_BACKUP_URL.',
  ],
  [
    ({ may }) => !may,
    'role_may_not_replicate',
    () => 'The role in DATABASE_BACKUP_URL may not make a base backup.',
    `Give it the attribute: alter role … replication. ${MANAGED}`,
  ],
  [
    ({ wal }) => wal === 'minimal',
    'wal_level_minimal',
    () => 'The cluster writes too little WAL for a back-up while it runs: wal_level is minimal.',
    'Set wal_level to replica, which is the default, and restart PostgreSQL.',
  ],
  [
    ({ senders, slots }) => senders === 0 || slots === 0,
    'no_replication',
    ({ senders }) =>
      `Replication is switched off: ${senders === 0 ? 'max_wal_senders' : 'max_replication_slots'} is 0.`,
    'Set it to 10, which is the default, and restart PostgreSQL.',
  ],
  [
    ({ tablespaces }) => tablespaces.length > 0,
    'own_tablespaces',
    ({ tablespaces }) => `The cluster has tablespaces outside its data directory: ${tablespaces.join(', ')}.`,
    'Move what is in them to pg_default and drop them, or use pg_basebackup.',
  ],
];
