import { createHash } from 'node:crypto';
import { chmodSync, createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { damaged, readArchive } from '../archive/read.ts';
import { drain, textOf, type ArchiveEntry, type Body } from '../archive/tar.ts';
import type { Manifest } from '../manifest.ts';
import { differencesFrom, type FileFacts } from '../postgres/cluster-manifest.ts';
import { CLUSTER, CLUSTER_MANIFEST, TEMPORAL_FILE } from '../take.ts';
import { faultsOfTemporalFile } from '../temporal-file.ts';

export interface UnpackTargets {
  /** Becomes a data directory of PostgreSQL; not there yet. */
  cluster: string;
  /** Becomes the file of an embedded Temporal server, if the back-up has one. */
  temporalFile: string;
}

/**
 * Unpacks a back-up beside whatever it is to replace, and compares all of it with what PostgreSQL said of each file.
 * @param check  hears first what it is; what it throws ends it before anything is written
 * @throws Failure for a file that is not whole
 */
export async function unpack(
  file: string,
  identities: readonly string[],
  { cluster, temporalFile }: UnpackTargets,
  check: (manifest: Manifest) => Promise<void> | void,
): Promise<void> {
  const files = new Map<string, FileFacts>();
  let clusterManifest = '';
  let manifest: Manifest | undefined;
  await readArchive(file, identities, {
    async begin(given) {
      await check(given);
      manifest = given;
      mkdirSync(cluster, { recursive: true, mode: 0o700 });
    },
    async entry(entry, body) {
      if (entry.name === CLUSTER_MANIFEST) clusterManifest = await textOf(body);
      else if (entry.name === TEMPORAL_FILE) {
        mkdirSync(dirname(temporalFile), { recursive: true, mode: 0o700 });
        await write(temporalFile, entry, body, true);
      } else await unpackCluster(cluster, entry, body, files);
    },
  });
  const wrong = differencesFrom(clusterManifest, files);
  if (wrong.length > 0) throw damaged(file, `${wrong.slice(0, 3).join(', ')} differ from what PostgreSQL wrote`);
  const faults = manifest?.temporal.kept === 'file' ? faultsOfTemporalFile(temporalFile) : [];
  if (faults.length > 0) throw damaged(file, `Temporal's file: ${faults[0]}`);
  // PostgreSQL refuses a data directory that others may enter.
  chmodSync(cluster, 0o700);
}

async function unpackCluster(cluster: string, entry: ArchiveEntry, body: Body, files: Map<string, FileFacts>) {
  const path = entry.name === CLUSTER ? '' : entry.name.slice(CLUSTER.length + 1);
  if (!`${entry.name}/`.startsWith(`${CLUSTER}/`) || normalize(`/${path}`) !== `/${path}`) {
    throw new Error(`${entry.name} has no place in a back-up.`);
  }
  const place = join(cluster, path);
  if (entry.type === 'directory') {
    mkdirSync(place, { recursive: true, mode: entry.mode });
    await drain(body);
  } else files.set(path, { size: entry.size, sha256: await write(place, entry, body) });
}

/**
 * @param flush  onto the disk; PostgreSQL does that for its own files when it starts on them
 * @returns the SHA-256 of what was written
 */
async function write(place: string, { mode }: ArchiveEntry, body: Body, flush = false): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(place, { flags: 'wx', mode, flush }),
  );
  return hash.digest('hex');
}
