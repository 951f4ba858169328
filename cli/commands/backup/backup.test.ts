import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openInstallation, type Installation } from '#cli/backup/testing/installation.ts';
import { ROOT } from '#cli/root.ts';
import { eventually } from '#cli/testing/eventually.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { hostwright } from '#e2e/harness/command.ts';
import { newId } from '#domain/ids.ts';

/** The real command line, on the data folder of an installation whose PostgreSQL really runs. */
const folder = temporaryFolder();
const data = folder.file('data');
const temporalFile = `${data}/temporal/server.db`;
const command = (args: string[], env: Record<string, string> = {}, stdin = '') =>
  hostwright({ HOSTWRIGHT_DATA: data, ...env }, args, stdin);
let installation: Installation;
/** Made while it ran. */
let file: string;

async function sql<T extends pg.QueryResultRow>(text: string, values: unknown[] = [], url = installation.databaseUrl) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const notes = () =>
  sql<{ text: string }>('select text from note order by id').then((rows) => rows.map(({ text }) => text));
const addNote = (text: string) => sql('insert into note (text) values ($1)', [text]);

/** As much of Temporal as a back-up sees: a file that SQLite writes. */
function inTemporalFile<T>(work: (database: DatabaseSync) => T): T {
  mkdirSync(`${data}/temporal`, { recursive: true });
  const database = new DatabaseSync(temporalFile);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** What runs as `npm start` does, for as long as the work takes. */
async function running<T>(work: () => Promise<T>): Promise<T> {
  await installation.start();
  try {
    return await work();
  } finally {
    await installation.stop();
  }
}

const outbox = (workflowId: string, sentAt: Date) =>
  sql(
    `insert into command_outbox (id, kind, workflow_id, name, args, search, key, created_at, due_at, sent_at)
     values ($1, 'start', $2, 'fulfillOrder', '[]', '{}', 'start/' || $2, $3, $3, $3)`,
    [newId(), workflowId, sentAt],
  );

beforeAll(async () => {
  installation = await openInstallation(data);
  inTemporalFile((database) =>
    database.exec(`pragma journal_mode = wal; create table t (a); insert into t values ('first')`),
  );
  await running(async () => {
    await sql('create table note (id bigint generated always as identity, text text)');
    await addNote('before the back-up');
    await outbox('order/long-sent', new Date(Date.now() - 3_600_000));
    await outbox('order/just-sent', new Date());
    const made = await command(['backup', folder.file('one.backup'), '--json']);
    expect([made.exit, made.err]).toEqual([0, expect.stringContaining('Its key was made just now')]);
    file = made.json<{ file: string }>().file;
    await addNote('after it');
    inTemporalFile((database) => database.exec(`insert into t values ('second')`));
  });
}, 120_000);
afterAll(async () => {
  await installation?.stop();
  folder.remove();
});

describe('SECR-08 hostwright backup', () => {
  it('leaves one file that nobody else may read, a key of its own, and nothing else', () => {
    expect(readdirSync(folder.path).toSorted()).toEqual(['data', 'one.backup']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${data}/backup.key`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${data}/backup.key`, 'utf8')).toContain(
      readFileSync(`${data}/backup.recipient`, 'utf8').trim(),
    );
    expect(readdirSync(`${data}/temporal`).filter((name) => !name.startsWith('server.db'))).toEqual([]);
    expect(readdirSync(data).filter((name) => name.endsWith('.copy'))).toEqual([]);
  });

  it('has no secret of the installation in it, and says what it is to whoever has the key', async () => {
    const checked = await command(['restore', file, '--check', '--json']);
    expect(checked).toMatchObject({ exit: 0, err: '' });
    expect(checked.json()).toMatchObject({ temporal: 'file', misfits: [], unknown: [], postgres: '18.4' });
    const unpacked = folder.file('unpacked');
    await command(['restore', file, '--to', unpacked]);
    const everything = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`));
    for (const secret of Object.values(installation.secrets)) {
      expect(everything.some((bytes) => bytes.includes(secret))).toBe(false);
    }
    rmSync(unpacked, { recursive: true });
    rmSync(`${unpacked}.temporal.db`);
  }, 60_000);

  it('while nothing runs starts the database for itself', async () => {
    const made = await command(['backup', folder.file('cold.backup')]);
    expect([made.exit, made.err]).toEqual([0, expect.stringContaining('Nothing runs here; the database is started')]);
    expect(existsSync(`${data}/postgres/postmaster.pid`)).toBe(false);
    rmSync(folder.file('cold.backup'));
  }, 60_000);

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['a file that is there', ['one.backup'], {}, 1, /There is already .*one\.backup/],
    ['a recipient that is none', ['x', '--recipient', 'bob'], {}, 2, /--recipient is no recipient/],
    [
      'a cluster and nobody to encrypt to',
      ['x'],
      { DATABASE_BACKUP_URL: 'postgres://a:b@127.0.0.1:1/x' },
      2,
      /BACKUP_RECIPIENT is not set/,
    ],
    ['a PostgreSQL of one’s own', ['x'], { DATABASE_URL: 'postgres://a:b@db/x' }, 2, /DATABASE_BACKUP_URL is not set/],
    ['no installation', ['x'], { HOSTWRIGHT_DATA: '/nowhere' }, 2, /npm start made nothing in \/nowhere/],
  ])('says what is wrong with %s', async (_, [name, ...options], env, exit, says) => {
    const ended = await command(['backup', folder.file(name!), ...options], env);
    expect([ended.exit, ended.err]).toEqual([exit, expect.stringMatching(says)]);
    expect(existsSync(folder.file('x'))).toBe(false);
  });

  it('does not repeat a secret key that was given as the recipient', async () => {
    const [secret] = readFileSync(`${data}/backup.key`, 'utf8').match(/AGE-SECRET-KEY-\w+/)!;
    const ended = await command(['backup'], { BACKUP_RECIPIENT: secret });
    expect(ended).toMatchObject({ exit: 2, err: expect.stringContaining('BACKUP_RECIPIENT is no recipient') });
    expect(ended.err).not.toContain(secret);
  });
});

describe('SECR-08 hostwright restore', () => {
  it('refuses while the installation runs', async () => {
    await running(async () => {
      const ended = await command(['restore', file]);
      expect(ended).toMatchObject({
        exit: 1,
        err: expect.stringContaining(`Hostwright runs here, as process ${process.pid}`),
      });
      expect(await notes()).toEqual(['before the back-up', 'after it']);
    });
  }, 60_000);

  it('leaves everything as it is when the file is cut off', async () => {
    const before = readdirSync(data).toSorted();
    writeFileSync(folder.file('cut.backup'), readFileSync(file).subarray(0, -1));
    const ended = await command(['restore', folder.file('cut.backup')]);
    expect(ended).toMatchObject({ exit: 1, err: expect.stringContaining('is damaged or cut off') });
    expect(readdirSync(data).toSorted()).toEqual(before);
  }, 60_000);

  it('says that the key is another one’s, and that there is none', async () => {
    const made = await command(['backup', '--make-key', folder.file('other.key')]);
    expect(made).toMatchObject({ exit: 0, out: expect.stringMatching(/^BACKUP_RECIPIENT=age1\w+\n$/) });
    const other = await command(['restore', file, '--identity', folder.file('other.key')]);
    expect(other).toMatchObject({ exit: 1, err: expect.stringContaining('is encrypted for somebody else') });
    const none = await command(['restore', file, '--identity', '-'], {}, 'not a key\n');
    expect(none).toMatchObject({ exit: 2, err: expect.stringContaining('Standard input has no identity') });
  });

  it('says which secrets do not fit, and what hangs on each', async () => {
    const text = readFileSync(`${data}/secrets.json`, 'utf8');
    const { sealingKey, payloadKey, ...others } = installation.secrets;
    writeFileSync(
      `${data}/secrets.json`,
      JSON.stringify({ ...others, sealingKey: payloadKey, payloadKey: sealingKey }),
    );
    try {
      const ended = await command(['restore', file]);
      expect(ended).toMatchObject({
        exit: 1,
        err: expect.stringContaining('The secrets here are not those that belong to the back-up'),
      });
      expect(ended.err).toContain(
        'Key "local" of SEAL_KEYS is another one. Without it is lost: the credentials of the nodes',
      );
      expect(ended.err).toContain('Key "local" of TEMPORAL_PAYLOAD_KEYS is another one.');
      expect(ended.err).not.toContain('LICENSE_PEPPER');
      const checked = await command(['restore', file, '--check']);
      expect(checked).toMatchObject({ exit: 3, err: expect.stringContaining('The secrets here are NOT') });
      rmSync(`${data}/secrets.json`);
      expect(await command(['restore', file])).toMatchObject({
        exit: 1,
        err: expect.stringContaining('a back-up has no secrets'),
      });
      expect(existsSync(`${data}/secrets.json`)).toBe(false);
    } finally {
      writeFileSync(`${data}/secrets.json`, text);
    }
  }, 60_000);

  it('killed in the middle leaves the old, and a second run restores', async () => {
    const child = spawn(process.execPath, ['cli/main.ts', 'restore', file], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOSTWRIGHT_DATA: data },
      stdio: 'ignore',
    });
    await eventually('it unpacks', () => existsSync(`${data}/restore.new/postgres/global`), 30_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await running(async () => {
      expect(await notes()).toEqual(['before the back-up', 'after it']);
    });

    const ended = await command(['restore', file, '--json']);
    expect([ended.exit, ended.err]).toEqual([0, expect.stringContaining('It is whole.')]);
    const { kept } = ended.json<{ kept: string }>();
    await running(async () => {
      expect(await notes()).toEqual(['before the back-up']);
      const waiting = await sql('select workflow_id from command_outbox where sent_at is null');
      expect(waiting).toEqual([{ workflow_id: 'order/just-sent' }]);
    });
    expect(inTemporalFile((database) => database.prepare('select a from t').all())).toMatchObject([{ a: 'first' }]);
    expect(readdirSync(kept).toSorted()).toEqual(['postgres', 'temporal']);
    expect(existsSync(`${data}/restore.new`)).toBe(false);

    // Back to what it was, as the command says.
    for (const name of ['postgres', 'temporal']) {
      rmSync(`${data}/${name}`, { recursive: true });
      renameSync(`${kept}/${name}`, `${data}/${name}`);
    }
    await running(async () => {
      expect(await notes()).toEqual(['before the back-up', 'after it']);
    });
  }, 120_000);

  it('elsewhere needs the key and the secrets, and nothing else', async () => {
    const there = folder.file('there');
    mkdirSync(there);
    cpSync(`${data}/secrets.json`, `${there}/secrets.json`);
    const key = readFileSync(`${data}/backup.key`, 'utf8');
    const ended = await command(['restore', file, '--identity', '-'], { HOSTWRIGHT_DATA: there }, key);
    expect(ended).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^Restored: .*\nnpm start goes on from there\.\n$/),
    });
    expect(readdirSync(there).toSorted()).toEqual(['logs', 'postgres', 'secrets.json', 'temporal']);
  }, 60_000);
});

describe('a cluster that DATABASE_BACKUP_URL names', () => {
  it('is backed up whole, and unpacked as a data directory for any PostgreSQL', async () => {
    const made = await command(['backup', '--make-key', folder.file('cluster.key'), '--json']);
    const { recipient } = made.json<{ recipient: string }>();
    const there = folder.file('cluster');
    const keys = {
      SEAL_KEYS: `1:${Buffer.alloc(32, 1).toString('base64')}`,
      LICENSE_PEPPER: Buffer.alloc(32, 2).toString('base64'),
    };
    await running(async () => {
      await sql('create database temporal');
      await sql('create database temporal_visibility');
      await sql(`create role keeper login replication password 'keeper'`);
      await sql('grant select on schema_migration to keeper');
      const url = new URL(installation.superuserUrl);
      Object.assign(url, { username: 'keeper', password: 'keeper' });
      const env = { HOSTWRIGHT_DATA: '/nowhere', DATABASE_BACKUP_URL: url.href, BACKUP_RECIPIENT: recipient, ...keys };
      const taken = await command(['backup', folder.file('cluster.backup'), '--json'], env);
      expect([taken.exit, taken.err]).toEqual([0, expect.stringContaining('Not in it are SEAL_KEYS')]);
      expect(taken.json()).toMatchObject({ temporal: 'cluster', recipients: [recipient] });
      Object.assign(url, { username: 'hostwright_worker', password: 'worker-test' });
      const refused = await command(['backup', folder.file('x')], { ...env, DATABASE_BACKUP_URL: url.href });
      expect(refused).toMatchObject({ exit: 1, err: expect.stringContaining('may not make a base backup') });
    });
    const args = ['restore', folder.file('cluster.backup'), '--identity', folder.file('cluster.key')];
    const other = { SEAL_KEYS: keys.SEAL_KEYS.replace('1:', '2:') };
    const unpacked = await command([...args, '--to', there], { HOSTWRIGHT_DATA: '/nowhere', ...other });
    expect(unpacked).toMatchObject({ exit: 3, out: expect.stringContaining('Start PostgreSQL 18 on it') });
    expect(unpacked.err).toContain('Key "1" of SEAL_KEYS is not there.');
    expect(unpacked.err).toContain('Not compared, as they are not set here: LICENSE_PEPPER.');
    expect(statSync(there).mode & 0o777).toBe(0o700);
    expect(await command([...args, '--to', there])).toMatchObject({
      exit: 1,
      err: expect.stringContaining('is not empty'),
    });
    expect(await command(args)).toMatchObject({
      exit: 1,
      err: expect.stringContaining('Temporal’s rows in the back-up are databases'),
    });

    rmSync(`${data}/postgres`, { recursive: true });
    renameSync(there, `${data}/postgres`);
    await running(async () => {
      expect(await sql(`select from pg_database where datname like 'temporal%'`)).toHaveLength(2);
      expect(await notes()).toEqual(['before the back-up', 'after it']);
    });
  }, 120_000);
});
