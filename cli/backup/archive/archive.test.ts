import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { FORMAT } from '../manifest.ts';
import { END, MANIFEST, readArchive } from './read.ts';
import { drain, textOf, type ArchiveEntry } from './tar.ts';
import { writeArchive, type ArchiveWriter } from './write.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const manifest = {
  format: FORMAT,
  id: '0193a1b2-0000-7000-8000-000000000000',
  version: '0.1.0',
  asOf: '2031-11-21T10:00:00.000Z',
  postgres: { version: '18.4', major: 18, system: '7712997290350874788' },
  schema: ['0001-people'],
  temporal: { kept: 'cluster' as const },
  secrets: [],
};
const noise = Buffer.from(Array.from({ length: 150_000 }, (_, i) => (i * i * 7919 + (i >> 3)) & 255));

let identity: string;
let recipient: string;
let whole: Buffer;

async function filled(archive: ArchiveWriter, { end = true, format = FORMAT } = {}): Promise<void> {
  await archive.addText(MANIFEST, JSON.stringify({ ...manifest, format }));
  await archive.addEntry({ name: 'postgres/base', type: 'directory', size: 0, mode: 0o700 }, Readable.from([]));
  await archive.addEntry(
    { name: 'postgres/base/1', type: 'file', size: noise.length, mode: 0o600 },
    Readable.from([noise]),
  );
  if (end) await archive.addText(END, JSON.stringify({ entries: archive.entries, bytes: archive.bytes }));
}

async function read(bytes: Uint8Array, key = identity) {
  const file = folder.file('read');
  writeFileSync(file, bytes);
  const entries: [ArchiveEntry, string][] = [];
  await readArchive(file, [key], {
    begin: () => {},
    entry: async (entry, body) =>
      void entries.push([entry, entry.size > 1_000 ? `${(await drain(body), '')}` : await textOf(body)]),
  });
  return entries;
}
const codeOf = (bytes: Uint8Array, key = identity) =>
  read(bytes, key).then(
    () => 'whole',
    (error: { code?: string }) => error.code ?? String(error),
  );

beforeAll(async () => {
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  await writeArchive(folder.file('whole'), [recipient], filled);
  whole = readFileSync(folder.file('whole'));
});

describe('SECR-08: a back-up as a file', () => {
  it('holds what was put in, for its owner’s eyes, and tells nothing without the key', async () => {
    expect((await read(whole)).map(([{ name, size }]) => [name, size])).toEqual([
      ['postgres/base', 0],
      ['postgres/base/1', noise.length],
    ]);
    expect(statSync(folder.file('whole')).mode & 0o777).toBe(0o600);
    expect(whole.includes('postgres')).toBe(false);
    expect(await codeOf(whole, await generateX25519Identity())).toBe('backup_for_another');
  });

  it('opens for each of several recipients', async () => {
    const [second, third] = [await generateX25519Identity(), await generateX25519Identity()];
    const recipients = await Promise.all([second, third].map((key) => identityToRecipient(key)));
    await writeArchive(folder.file('several'), recipients, filled);
    const bytes = readFileSync(folder.file('several'));
    expect(await codeOf(bytes, second)).toBe('whole');
    expect(await codeOf(bytes, third)).toBe('whole');
  });

  it('is never taken for whole when a byte of it is another one, wherever it is', async () => {
    const places = [
      ...Array(220).keys(),
      ...Array.from({ length: 60 }, (_, i) => Math.floor((whole.length * i) / 60)),
      whole.length - 1,
    ];
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1;
      expect([at, await codeOf(bytes)]).toEqual([
        at,
        expect.stringMatching(/^(backup_damaged|not_a_backup|backup_for_another)$/),
      ]);
    }
  });

  it('is never taken for whole when it was cut off, or goes on, wherever that is', async () => {
    const chunk = 65_552;
    const lengths = [
      0,
      1,
      21,
      100,
      200,
      chunk,
      2 * chunk,
      whole.length % chunk,
      whole.length - chunk,
      whole.length - 1,
    ];
    for (const length of [...lengths, ...lengths.map((each) => each + 200)].filter((each) => each < whole.length)) {
      expect([length, await codeOf(whole.subarray(0, length))]).toEqual([
        length,
        expect.stringMatching(/^(backup_damaged|not_a_backup)$/),
      ]);
    }
    expect(await codeOf(Buffer.concat([whole, Buffer.from('x')]))).toBe('backup_damaged');
    expect(await codeOf(Buffer.concat([whole, whole]))).toBe('backup_damaged');
  });

  it('without its end, or of a later form, or of something else, says so', async () => {
    await writeArchive(folder.file('endless'), [recipient], (archive) => filled(archive, { end: false }));
    expect(await codeOf(readFileSync(folder.file('endless')))).toBe('backup_damaged');
    await writeArchive(folder.file('newer'), [recipient], (archive) => filled(archive, { format: FORMAT + 1 }));
    expect(await codeOf(readFileSync(folder.file('newer')))).toBe('backup_newer');
    await writeArchive(folder.file('letter'), [recipient], (archive) => archive.addText('letter.txt', 'Dear Bob'));
    expect(await codeOf(readFileSync(folder.file('letter')))).toBe('not_a_backup');
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    expect(await codeOf(await encrypter.encrypt('Dear Bob'))).toBe('not_a_backup');
  });

  it('is not there when it could not be written whole, and neither is a part of it', async () => {
    const before = readdirSync(folder.path);
    const breaks = writeArchive(folder.file('broken'), [recipient], async (archive) => {
      await archive.addText(MANIFEST, JSON.stringify(manifest));
      throw new Error('the database went away');
    });
    await expect(breaks).rejects.toThrow('the database went away');
    const short = writeArchive(folder.file('broken'), [recipient], (archive) =>
      archive.addEntry({ name: 'x', type: 'file', size: 5, mode: 0o600 }, Readable.from([Buffer.from('four')])),
    );
    await expect(short).rejects.toThrow('Size mismatch');
    const full = writeArchive('/dev/full/x', [recipient], filled);
    await expect(full).rejects.toThrow(/ENOTDIR/);
    expect(readdirSync(folder.path)).toEqual(before);
  });
});
