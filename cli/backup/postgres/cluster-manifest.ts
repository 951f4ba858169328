import { z } from 'zod';

/** Source: PostgreSQL 18, "Backup Manifest Format". Its system identifier is no number that JavaScript can hold. */
const ClusterManifest = z.object({
  Files: z.array(
    z.union([
      z.object({ Path: z.string(), Size: z.number(), Checksum: z.string() }),
      z.object({ 'Encoded-Path': z.string(), Size: z.number(), Checksum: z.string() }),
    ]),
  ),
});

export interface FileFacts {
  size: number;
  /** Hexadecimal. */
  sha256: string;
}

/**
 * Compares what was unpacked with PostgreSQL's own list.
 * @param files  by their path in the data directory; the WAL is not on the list, it carries checksums of its own
 * @returns the paths that differ or are missing
 */
export function differencesFrom(manifest: string, files: ReadonlyMap<string, FileFacts>): string[] {
  return ClusterManifest.parse(JSON.parse(manifest)).Files.flatMap((listed) => {
    const path = 'Path' in listed ? listed.Path : Buffer.from(listed['Encoded-Path'], 'hex').toString('utf8');
    const file = files.get(path);
    return file?.size === listed.Size && file.sha256 === listed.Checksum ? [] : [path];
  });
}
