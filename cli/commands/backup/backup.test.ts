import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openBackedUp } from './testing/backed-up.ts';

type BackedUp = Awaited<ReturnType<typeof openBackedUp>>;
let folder: BackedUp['folder'];
let data: BackedUp['data'];
let file: BackedUp['file'];
let installation: BackedUp['installation'];
let command: BackedUp['command'];
let sql: BackedUp['sql'];
let running: BackedUp['running'];
let notes: BackedUp['notes'];
let close: BackedUp['close'] | undefined;

beforeAll(async () => {
  ({ folder, data, file, installation, command, sql, running, notes, close } = await openBackedUp());
}, 120_000);
afterAll(() => close?.());

describe('SECR-08 hostwright backup', () => {
  it('leaves one file that nobody else may read, a key of its own, and nothing else', () => {
    expect(readdirSync(folder.path).toSorted()).toEqual(['data', 'one.backup']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${data}/backup.key`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${data}/backup.key`, 'utf8')).toContain(
      readFileSync(`${data}/backup.recipient`, 'utf8').trim(),
    );
    expect(readdirSync(`${data}/temporal`).filter((name) => name.includes('copy'))).toEqual([]);
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

describe('a cluster that cannot be backed up', () => {
  it('is one with tablespaces of its own', async () => {
    await running(async () => {
      await sql(`create tablespace apart location ''`, [], '-c allow_in_place_tablespaces=on');
      const ended = await command(['backup', folder.file('x')]);
      expect(ended).toMatchObject({ exit: 1, err: expect.stringContaining('outside its data directory: apart') });
      await sql('drop tablespace apart');
      const [slots] = await sql('select count(*)::int as left from pg_replication_slots');
      expect(slots).toEqual({ left: 0 });
    });
  }, 60_000);

  it('is one whose pages are damaged: they are not copied as if they were whole', async () => {
    const [path] = await running(async () => {
      await sql(`create table hurt as select repeat('x', 100) as text from generate_series(1, 1000)`);
      return sql<{ path: string }>(`select pg_relation_filepath('hurt') as path`);
    });
    const place = `${data}/postgres/${path!.path}`;
    const pages = readFileSync(place);
    writeFileSync(place, Buffer.from(pages.map((byte, at) => (at === 8_192 + 4_000 ? byte ^ 1 : byte))));
    await running(async () => {
      const ended = await command(['backup', folder.file('x')]);
      expect(ended).toMatchObject({ exit: 1, err: expect.stringContaining('Its data on disk are damaged') });
      await sql('drop table hurt');
    });
    expect(readdirSync(folder.path).filter((name) => name.startsWith('x'))).toEqual([]);
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
