import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readManifest } from '#cli/backup/archive/read.ts';
import { refuseNewerSchema, type Manifest } from '#cli/backup/manifest.ts';
import { prove } from '#cli/backup/restore/prove.ts';
import { draftOf, finishSwap, swapIn } from '#cli/backup/restore/swap.ts';
import { unpack } from '#cli/backup/restore/unpack.ts';
import { misfitsOf } from '#cli/backup/secret-checks.ts';
import { Problem } from '#cli/problem.ts';
import { DATA } from '#cli/root.ts';
import { isEmbedded } from '#cli/start/environment.ts';
import { anyPort } from '#cli/start/processes/ports.ts';
import { POSTGRES_VERSION } from '#cli/start/services/postgres.ts';
import { EXIT, Failure, wrongUse, type Exit } from '../failure.ts';
import type { Context } from '../run.ts';
import { clusterIn, embeddedIn, withDataFolder, withSupervisor, type Embedded } from './installation.ts';

/**
 * Puts a back-up in place of the data of `npm start`. All of it is unpacked, compared, and started once beside its
 * place before anything is replaced; what was there is kept.
 */
export async function restoreInPlace({ output }: Context, file: string, identities: string[]): Promise<Exit> {
  const embedded = installation();
  return withDataFolder(DATA, async () => {
    const asOf = new Date();
    const completed = finishSwap(DATA);
    if (completed && completed.id === (await readManifest(file, identities)).id) {
      output.result({ id: completed.id, kept: completed.kept }, [
        'The restore of this back-up had been interrupted when all of it lay ready. It is complete now.',
        ...afterwards(completed.kept),
      ]);
      return EXIT.done;
    }
    if (completed) output.say(`Another restore had been interrupted, and was completed first; see ${completed.kept}.`);
    const { manifest, ended } = await gather(output, file, identities, embedded);
    const kept = swapIn(DATA, manifest.id, asOf);
    output.result({ id: manifest.id, as_of: manifest.asOf, version: manifest.version, kept, ended_orders: ended }, [
      `Restored: all that was committed before ${manifest.asOf}, of version ${manifest.version}.`,
      ...afterwards(kept),
    ]);
    sayEnded(output, ended);
    return EXIT.done;
  });
}

function installation(): Embedded {
  if (!isEmbedded(process.env, 'postgres')) {
    throw wrongUse('DATABASE_URL names a PostgreSQL of your own, whose data are not here to be replaced.', [
      'Unpack the back-up with --to <directory>, and start your PostgreSQL on it.',
    ]);
  }
  const embedded = embeddedIn(DATA, process.env);
  if (embedded) return embedded;
  throw new Failure('no_secrets', `There is no ${join(DATA, 'secrets.json')}, and a back-up has no secrets.`, {
    lines: [
      'Put your copy of it there: it is the one of the installation that was backed up.',
      'Or unpack the cluster alone: --to <directory>.',
    ],
  });
}

/** Everything that is to replace the data, in the draft. @throws Failure, and then the draft is gone */
async function gather(output: Context['output'], file: string, identities: string[], embedded: Embedded) {
  const draft = draftOf(DATA);
  let manifest: Manifest | undefined;
  // Whoever PostgreSQL runs as has to get through to its own folder in it.
  mkdirSync(draft, { recursive: true, mode: 0o711 });
  try {
    const targets = { cluster: join(draft, 'postgres'), temporalFile: join(draft, 'temporal/server.db') };
    await unpack(file, identities, targets, (given) => {
      refuse(given, embedded);
      output.say('Unpacking it beside the data …');
      manifest = given;
    });
    output.say('It is whole. Starting PostgreSQL on it once …');
    const ended = await withSupervisor(DATA, async (supervisor) =>
      prove(supervisor, { ...clusterIn(draft, embedded, await anyPort()), name: 'postgres-restore' }, manifest!),
    );
    return { manifest: manifest!, ended };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!(error instanceof Problem)) throw error;
    throw new Failure(
      'cluster_does_not_start',
      `What was unpacked does not start, and nothing was replaced. ${error.message}`,
      {
        lines: [...error.log, ...error.waysOut],
      },
    );
  }
}

function refuse(manifest: Manifest, { secrets, temporalFile }: Embedded): void {
  refuseNewerSchema(manifest);
  const { postgres, temporal } = manifest;
  if (String(postgres.major) !== POSTGRES_VERSION) {
    throw new Failure(
      'other_major',
      `The back-up is of PostgreSQL ${postgres.version}; npm start runs ${POSTGRES_VERSION}.`,
      {
        lines: [`Unpack it with --to <directory>, and start PostgreSQL ${postgres.major} on it.`],
      },
    );
  }
  if ((temporal.kept === 'file') !== (temporalFile !== undefined)) {
    throw new Failure('other_temporal', OTHER_TEMPORAL[temporal.kept], {
      lines: ['Restore it where it came from, or unpack the cluster alone: --to <directory>.'],
    });
  }
  const { misfits } = misfitsOf(manifest, secrets);
  if (misfits.length === 0) return;
  throw new Failure(
    'secrets_do_not_fit',
    'The secrets here are not those that belong to the back-up. Nothing was replaced.',
    {
      lines: [
        ...misfits,
        `Put your copy of secrets.json of that installation in place of ${join(DATA, 'secrets.json')}, and restore again.`,
        'Where they are lost: unpack the cluster alone, --to <directory>, and save from it what can be read.',
      ],
    },
  );
}

const OTHER_TEMPORAL = {
  file: 'The back-up has the file of Temporal’s server of npm start; here TEMPORAL_ADDRESS names another.',
  cluster: 'Temporal’s rows in the back-up are databases of its PostgreSQL, which the server of npm start cannot read.',
  elsewhere: 'The back-up has nothing of Temporal, and the server of npm start would not know the running orders.',
};

function afterwards(kept: string): string[] {
  if (!existsSync(kept)) return ['npm start goes on from there.'];
  const here = (path: string) =>
    relative(process.cwd(), path).startsWith('..') ? path : relative(process.cwd(), path);
  const places = ['postgres', 'temporal'].map((name) => here(join(DATA, name))).join(' ');
  return [
    'npm start goes on from there.',
    `The data before are kept in ${here(kept)}; delete them when you are content. To go back, with nothing running:`,
    `  rm -r ${places} && mv ${here(kept)}/* ${here(DATA)}/`,
  ];
}

function sayEnded(output: Context['output'], ended: string[]): void {
  if (ended.length === 0) return;
  output.say(`Orders that ended while the back-up was made, and whose workflows may try again: ${ended.join(', ')}.`);
  output.say(
    'After npm start, terminate order/<id> of each in the Temporal UI: docs/operating.md, "Back-up and restore".',
  );
}
