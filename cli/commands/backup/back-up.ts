import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { embeddedRecipient, keyFiles, makeKey, parseRecipients } from '#cli/backup/keys.ts';
import { stampOf } from '#cli/backup/manifest.ts';
import { takeBackup, type BackupRequest, type TakenBackup } from '#cli/backup/take.ts';
import { DATA, VERSION } from '#cli/root.ts';
import { orUnreachable } from '../database.ts';
import { EXIT, fileExists, wrongUse, type Exit } from '../failure.ts';
import type { Context } from '../run.ts';
import { orUnwritable } from './unwritable.ts';
import { embeddedIn, embeddedOrWrongUse, secretsOf, withEmbeddedCluster, type Embedded } from './installation.ts';

/** `--make-key`: nothing is backed up. */
export async function makeNewKey({ output }: Context, name: string): Promise<Exit> {
  const file = resolve(name);
  const recipient = await makeKey(file, new Date());
  output.say(`${file} opens what is encrypted to this recipient. Keep it where no back-up and no server is.`);
  output.result({ file, recipient }, [`BACKUP_RECIPIENT=${recipient}`]);
  return EXIT.done;
}

/**
 * Backs up the cluster of the environment, or the installation of the data folder.
 * @param target  file, or folder for one that is named after the time
 * @param recipient  instead of BACKUP_RECIPIENT
 */
export async function backUp(
  { output }: Context,
  target: string | undefined,
  recipient: string | undefined,
): Promise<Exit> {
  const asOf = new Date();
  const { env } = process;
  const named = env.DATABASE_BACKUP_URL;
  if (named && !URL.canParse(named)) throw wrongUse('DATABASE_BACKUP_URL is not an address.');
  // Secrets come from where the database comes from, as for every command that opens it.
  const embedded = named ? (env.DATABASE_URL ? embeddedIn(DATA, env) : undefined) : embeddedOrWrongUse(DATA, env);
  const key = await recipientsOf(recipient, embedded, asOf);
  const place = resolve(target ?? join(dirname(DATA), 'backups'));
  const isFolder = target === undefined || target.endsWith('/') || isDirectory(place);
  const file = isFolder ? join(place, nameOf(asOf)) : place;
  if (existsSync(file)) throw fileExists(file);
  const request: Omit<BackupRequest, 'url'> = {
    temporalFile: existing(embedded?.temporalFile),
    recipients: key.recipients,
    secrets: embedded?.secrets ?? secretsOf(env),
    version: VERSION,
    file,
    asOf,
  };
  const take = (url: string) =>
    orUnreachable({ where: `at ${new URL(url).host}` }, () =>
      orUnwritable(file, async () => {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        return takeBackup({ url, ...request });
      }),
    );
  const onCold = () => output.say('Nothing runs here; the database is started for the back-up.');
  const taken = await (named ? take(named) : withEmbeddedCluster(embedded!, onCold, take));
  report(taken, { output, file, embedded, key });
  return EXIT.done;
}

interface Key {
  recipients: string[];
  /** The file with the secret half, where this installation has it. */
  identity?: string;
  /** Just now. */
  made?: boolean;
}

async function recipientsOf(option: string | undefined, embedded: Embedded | undefined, asOf: Date): Promise<Key> {
  const text = option ?? process.env.BACKUP_RECIPIENT;
  if (text) return { recipients: parseRecipients(text, option ? '--recipient' : 'BACKUP_RECIPIENT') };
  if (!embedded) {
    throw wrongUse('There is nobody to encrypt the back-up to: BACKUP_RECIPIENT is not set.', [
      'hostwright backup --make-key <file>, on a machine of yours, makes a key and prints what to set.',
    ]);
  }
  const { recipient, made } = await embeddedRecipient(embedded.data, asOf);
  return { recipients: [recipient], identity: keyFiles(embedded.data).identity, made };
}

/** Sorts by time, and says what opens it. */
const nameOf = (asOf: Date): string => `hostwright-${stampOf(asOf)}.tar.zst.age`;

const existing = (file: string | undefined) => (file !== undefined && existsSync(file) ? file : undefined);
const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const TEMPORAL_IN = {
  file: 'Temporal’s file, of a moment before',
  cluster: 'Temporal’s databases in it, of the same moment',
  elsewhere: 'Temporal is NOT in it: it keeps its rows elsewhere. Back them up before each of these',
};

interface Reported {
  output: Context['output'];
  file: string;
  embedded: Embedded | undefined;
  key: Key;
}

function report({ manifest, bytes, cluster }: TakenBackup, { output, file, embedded, key }: Reported): void {
  const { asOf, postgres, schema, temporal } = manifest;
  output.result(
    {
      file,
      bytes,
      as_of: asOf,
      id: manifest.id,
      recipients: key.recipients,
      postgres: postgres.version,
      system: postgres.system,
      schema: schema.at(-1) ?? null,
      temporal: temporal.kept,
    },
    [
      `Backed up into ${file} (${(bytes / 1e6).toFixed(1)} MB):`,
      `  all that was committed before ${asOf}`,
      `  PostgreSQL ${postgres.version}, the whole cluster; schema ${schema.at(-1) ?? 'none yet'}`,
      `  ${TEMPORAL_IN[temporal.kept]}`,
    ],
  );
  for (const outside of cluster.outside) output.say(`Not in it: ${outside}, which lies outside the data directory.`);
  if (key.made) {
    output.say(`Its key was made just now: ${key.identity}. Keep a copy on another machine: nothing else opens it.`);
    output.say('To have no key here that opens older back-ups, move that file away; backup.recipient is all it takes.');
  } else output.say(`It opens with the secret key of ${key.recipients.join(', ')}.`);
  output.say(
    embedded
      ? `Not in it are the secrets in ${join(embedded.data, 'secrets.json')}. Keep a copy apart from the back-ups: only both together can be restored.`
      : 'Not in it are SEAL_KEYS, LICENSE_PEPPER, TEMPORAL_PAYLOAD_KEYS and the passwords, as in .env. Keep them apart: only both together can be restored.',
  );
}
