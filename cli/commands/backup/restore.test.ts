import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeArchive } from '#cli/backup/archive/write.ts';
import { FORMAT, type Manifest } from '#cli/backup/manifest.ts';
import { ROOT } from '#cli/root.ts';
import { eventually } from '#cli/testing/eventually.ts';
import { newId } from '#domain/ids.ts';
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
let inTemporalFile: BackedUp['inTemporalFile'];
let close: BackedUp['close'] | undefined;

beforeAll(async () => {
  ({ folder, data, file, installation, command, sql, running, notes, inTemporalFile, close } = await openBackedUp());
}, 120_000);
afterAll(() => close?.());

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

  it.each<[string, Partial<Manifest>, RegExp]>([
    [
      'another PostgreSQL',
      { postgres: { version: '17.6', major: 17, system: '1' } },
      /is of PostgreSQL 17.6; npm start runs 18/,
    ],
    [
      'a newer version',
      { schema: ['0001-people', '9999-later'] },
      /of a newer version, 9.9.9: this one does not know 9999-later/,
    ],
    ['an installation whose Temporal was elsewhere', { temporal: { kept: 'elsewhere' } }, /has nothing of Temporal/],
  ])('refuses what is of %s before anything is unpacked', async (_, over, says) => {
    const manifest: Manifest = {
      format: FORMAT,
      id: newId(),
      version: '9.9.9',
      asOf: '2031-11-21T10:00:00.000Z',
      postgres: { version: '18.4', major: 18, system: '1' },
      schema: ['0001-people'],
      temporal: { kept: 'file', asOf: '2031-11-21T10:00:00.000Z' },
      secrets: [],
      ...over,
    };
    const other = folder.file('other.backup');
    await writeArchive(other, [readFileSync(`${data}/backup.recipient`, 'utf8').trim()], (archive) =>
      archive.addText('manifest.json', JSON.stringify(manifest)),
    );
    const ended = await command(['restore', other]);
    expect([ended.exit, ended.err]).toEqual([1, expect.stringMatching(says)]);
    expect(ended.err).not.toContain('Unpacking');
  });

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
    const restored = ['logs', 'postgres', 'secrets.json', 'temporal'];
    expect(readdirSync(there).toSorted()).toEqual(restored);

    // As it is when the machine goes down after all lay ready, and before all was in place.
    const { id } = (await command(['restore', file, '--check', '--json'])).json<{ id: string }>();
    mkdirSync(`${there}/restore.new`);
    renameSync(`${there}/postgres`, `${there}/restore.new/postgres`);
    writeFileSync(`${there}/restore.json`, JSON.stringify({ id, kept: 'before-restore-x' }));
    const again = await command(['restore', file, '--identity', '-'], { HOSTWRIGHT_DATA: there }, key);
    expect(again).toMatchObject({
      exit: 0,
      out: expect.stringContaining('had been interrupted when all of it lay ready'),
    });
    expect(readdirSync(there).toSorted()).toEqual(restored);
  }, 60_000);
});
