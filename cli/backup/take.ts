import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import pg from 'pg';
import { Failure } from '#cli/commands/failure.ts';
import { DATABASE } from '#cli/start/services/postgres.ts';
import { END, MANIFEST } from './archive/read.ts';
import { entriesOf } from './archive/tar.ts';
import { writeArchive, type ArchiveWriter } from './archive/write.ts';
import { FORMAT, type Manifest } from './manifest.ts';
import { inspectCluster, openBaseBackup, type Cluster } from './postgres/base-backup.ts';
import { checksOf, type SecretValues } from './secret-checks.ts';
import { copyTemporalFile } from './temporal-file.ts';

/** Names in the archive. */
export const CLUSTER = 'postgres';
export const CLUSTER_MANIFEST = 'postgres-manifest.json';
export const TEMPORAL_FILE = 'temporal/server.db';

export interface BackupRequest {
  /** Of a role that may replicate; the database in it does not matter. */
  url: string;
  /** Of an embedded Temporal server. */
  temporalFile?: string | undefined;
  recipients: readonly string[];
  /** What the installation runs with; only what proves them enters the back-up. */
  secrets: SecretValues;
  /** Version of the package. */
  version: string;
  file: string;
  /** The moment it begins. */
  asOf: Date;
}

export interface TakenBackup {
  manifest: Manifest;
  bytes: number;
  cluster: Cluster;
}

/**
 * Backs the whole cluster up, and Temporal's file before it, so that the product's database is never the older one.
 * Everybody works on meanwhile.
 * @throws Failure when PostgreSQL cannot be backed up, saying why
 */
export async function takeBackup(request: BackupRequest): Promise<TakenBackup> {
  const { url, temporalFile, recipients, secrets, version, file, asOf } = request;
  const { cluster, schema } = await inspect(url);
  const id = randomUUID();
  const manifest: Manifest = {
    format: FORMAT,
    id,
    version,
    asOf: asOf.toISOString(),
    postgres: { version: cluster.version, major: cluster.major, system: cluster.system },
    schema,
    temporal: temporalFile ? { kept: 'file', asOf: asOf.toISOString() } : { kept: whereTemporalIs(cluster) },
    secrets: checksOf(secrets, id),
  };
  const copy = temporalFile && (await copyTemporalFile(temporalFile));
  try {
    const bytes = await writeArchive(file, recipients, async (archive) => {
      await archive.addText(MANIFEST, JSON.stringify(manifest, null, 2));
      if (copy) await archive.addFile(TEMPORAL_FILE, copy);
      await addCluster(archive, url);
      await archive.addText(END, JSON.stringify({ entries: archive.entries, bytes: archive.bytes }));
    });
    return { manifest, bytes, cluster };
  } catch (error) {
    throw refused(error);
  } finally {
    if (copy) rmSync(copy, { force: true });
  }
}

const whereTemporalIs = ({ databases }: Cluster) =>
  ['temporal', 'temporal_visibility'].every((name) => databases.includes(name)) ? 'cluster' : 'elsewhere';

async function inspect(url: string): Promise<{ cluster: Cluster; schema: string[] }> {
  const cluster = await connected(url, inspectCluster);
  if (!cluster.databases.includes(DATABASE)) {
    throw new Failure('not_our_cluster', `The cluster has no database ${DATABASE}; it is not Hostwright's.`, {
      lines: ['Name the right one in DATABASE_BACKUP_URL.'],
    });
  }
  const product = new URL(url);
  product.pathname = `/${DATABASE}`;
  const schema = await connected(product.href, async (client) => {
    const { rows } = await client.query<{ name: string }>('select name from schema_migration order by id');
    return rows.map(({ name }) => name);
  });
  return { cluster, schema };
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Passes PostgreSQL's own tar on, entry by entry, below `postgres/`. */
async function addCluster(archive: ArchiveWriter, url: string): Promise<void> {
  const backup = await openBaseBackup(url);
  try {
    for await (const { body, ...entry } of entriesOf(backup.files)) {
      const name = entry.name === '' || entry.name === '.' ? CLUSTER : `${CLUSTER}/${entry.name}`;
      await archive.addEntry({ ...entry, name }, body);
    }
    await archive.addText(CLUSTER_MANIFEST, backup.manifest());
  } finally {
    await backup.close();
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const damaged = error.code === 'XX001';
  return new Failure('cluster_not_backed_up', `PostgreSQL ended the back-up: ${error.message}.`, {
    lines: [
      damaged
        ? 'Its data on disk are damaged. Keep the back-ups you have, and see to the machine.'
        : 'Mend the cause and run it again; nothing was written.',
    ],
  });
}
