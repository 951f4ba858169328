import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readArchive } from '#cli/backup/archive/read.ts';
import { drain } from '#cli/backup/archive/tar.ts';
import { keyFiles, parseIdentities } from '#cli/backup/keys.ts';
import { refuseNewerSchema, type Manifest } from '#cli/backup/manifest.ts';
import { unpack } from '#cli/backup/restore/unpack.ts';
import { misfitsOf } from '#cli/backup/secret-checks.ts';
import { DATA } from '#cli/root.ts';
import { EXIT, Failure, fileExists, wrongUse, type Exit } from '../failure.ts';
import type { Context } from '../run.ts';
import { orUnwritable } from './unwritable.ts';
import { embeddedIn, secretsOf } from './installation.ts';
import { restoreInPlace } from './in-place.ts';

export interface RestoreOptions {
  identity?: string;
  to?: string;
  check?: boolean;
}

/** Puts a back-up in place of the data of `npm start`, unpacks it elsewhere, or only looks at it. */
export async function restore(context: Context, name: string, { identity, to, check }: RestoreOptions): Promise<Exit> {
  const file = resolve(name);
  if (!existsSync(file)) throw wrongUse(`There is no file ${file}.`);
  if (to !== undefined && check) throw wrongUse('--check changes nothing: leave out --to.');
  const identities = identitiesOf(identity);
  if (check) return checkOnly(context, file, identities);
  if (to === undefined) return orUnwritable(DATA, () => restoreInPlace(context, file, identities));
  const place = resolve(to);
  return orUnwritable(place, () => unpackTo(context, file, identities, place));
}

function identitiesOf(option: string | undefined): string[] {
  if (option === '-') return parseIdentities(readFileSync(0, 'utf8'), 'Standard input');
  const file = option === undefined ? keyFiles(DATA).identity : resolve(option);
  if (!existsSync(file)) {
    throw wrongUse(option === undefined ? 'No secret key is named.' : `There is no file ${file}.`, [
      'Name the file with the key that opens the back-up: --identity <file>, or - for standard input.',
    ]);
  }
  return parseIdentities(readFileSync(file, 'utf8'), file);
}

async function checkOnly({ output }: Context, file: string, identities: string[]): Promise<Exit> {
  let manifest: Manifest | undefined;
  await readArchive(file, identities, {
    begin: (given) => void (manifest = given),
    entry: (_entry, body) => drain(body),
  });
  const { misfits, unknown } = secretsHere(manifest!);
  output.result(resultOf(manifest!, { misfits, unknown }), [`${file} is whole:`, ...describe(manifest!)]);
  sayMisfits(output, misfits, unknown);
  return misfits.length > 0 ? EXIT.partly : EXIT.done;
}

/** The cluster as a folder of its own, there whole or not at all. */
async function unpackTo({ output }: Context, file: string, identities: string[], to: string): Promise<Exit> {
  if (existsSync(to) && (!statSync(to).isDirectory() || readdirSync(to).length > 0)) {
    throw new Failure('not_empty', `${to} is not empty.`, {
      lines: ['Move what is there away, or name another folder.'],
    });
  }
  const draft = join(dirname(to), `.${basename(to)}.unpacking`);
  const temporalFile = `${to}.temporal.db`;
  if (existsSync(temporalFile)) throw fileExists(temporalFile, 'Move it away.');
  let manifest: Manifest | undefined;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    const parts = { cluster: join(draft, 'cluster'), temporalFile: join(draft, 'temporal.db') };
    await unpack(file, identities, parts, (given) => {
      refuseNewerSchema(given);
      manifest = given;
    });
    if (existsSync(parts.temporalFile)) renameSync(parts.temporalFile, temporalFile);
    renameSync(parts.cluster, to);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const { misfits, unknown } = secretsHere(manifest!);
  output.result(resultOf(manifest!, { misfits, unknown, to }), [
    `Unpacked into ${to}:`,
    ...describe(manifest!),
    ...(existsSync(temporalFile) ? [`  Temporal’s file as ${temporalFile}`] : []),
    `Start PostgreSQL ${manifest!.postgres.major} on it, as the owner of the folder: it makes itself consistent, which its log says.`,
  ]);
  sayMisfits(output, misfits, unknown);
  return misfits.length > 0 ? EXIT.partly : EXIT.done;
}

/** Of the environment, or of the installation here. */
const secretsHere = (manifest: Manifest) =>
  misfitsOf(manifest, embeddedIn(DATA, process.env)?.secrets ?? secretsOf(process.env));

const resultOf = ({ id, version, asOf, postgres, schema, temporal }: Manifest, rest: object) => ({
  id,
  version,
  as_of: asOf,
  postgres: postgres.version,
  system: postgres.system,
  schema: schema.at(-1) ?? null,
  temporal: temporal.kept,
  ...rest,
});

const describe = ({ version, asOf, postgres, schema }: Manifest): string[] => [
  `  all that was committed before ${asOf}`,
  `  version ${version}, schema ${schema.at(-1) ?? 'none yet'}, PostgreSQL ${postgres.version}`,
];

function sayMisfits(output: Context['output'], misfits: string[], unknown: string[]): void {
  if (misfits.length > 0) output.say('The secrets here are NOT those that belong to it:');
  for (const sentence of misfits) output.say(`  ✗ ${sentence}`);
  if (unknown.length > 0) output.say(`Not compared, as they are not set here: ${unknown.join(', ')}.`);
}
