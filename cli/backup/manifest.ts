import { z } from 'zod';
import { migrations } from '#db/migrations/index.ts';
import { Failure } from '#cli/commands/failure.ts';

/** Raised when an older program could not read what a newer one writes. */
export const FORMAT = 1;

/** The first entry of a back-up: what it is. */
export const Manifest = z.object({
  format: z.literal(FORMAT),
  id: z.uuid(),
  /** Version of the package that made it. */
  version: z.string(),
  /** All that was committed before this moment is in it. */
  asOf: z.iso.datetime(),
  postgres: z.object({ version: z.string(), major: z.int(), system: z.string() }),
  /** Names of the migrations that the product's database had run. */
  schema: z.array(z.string()),
  /** Where Temporal keeps its rows: its file in this back-up, databases of the same cluster, or somewhere else. */
  temporal: z.discriminatedUnion('kept', [
    z.object({ kept: z.literal('file'), asOf: z.iso.datetime() }),
    z.object({ kept: z.literal('cluster') }),
    z.object({ kept: z.literal('elsewhere') }),
  ]),
  /** What proves, and does not tell, which secrets belong to it: see `secret-checks.ts`. */
  secrets: z.array(z.object({ name: z.string(), id: z.string().optional(), check: z.string() })),
});
export type Manifest = z.output<typeof Manifest>;

/** The last entry: only a back-up that was written to its end has it. */
export const End = z.object({ entries: z.int(), bytes: z.int() });
export type End = z.output<typeof End>;

/** @throws Failure for a back-up that this version cannot read */
export function parseManifest(text: string): Manifest {
  const json = JSON.parse(text) as { format?: number; version?: string };
  if (typeof json.format === 'number' && json.format > FORMAT) {
    throw new Failure(
      'backup_newer',
      `The back-up was made by version ${json.version}, in a form this one cannot read.`,
      {
        lines: ['Restore it with that version or a newer one.'],
      },
    );
  }
  return Manifest.parse(json);
}

/** Migrations only go forward. @throws Failure for a back-up of a database that is newer than this version */
export function refuseNewerSchema({ schema, version }: Manifest): void {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = schema.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new Failure(
    'schema_newer',
    `The back-up is of a newer version, ${version}: this one does not know ${unknown.join(', ')}.`,
    {
      lines: ['Bring the program to that version first (git pull, or the image), then restore again.'],
    },
  );
}

/** A moment in the name of a file or folder; they sort by time. */
export const stampOf = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
