import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { Decrypter } from 'age-encryption';
import { Failure } from '#cli/commands/failure.ts';
import { End, parseManifest, type Manifest } from '../manifest.ts';
import { entriesOf, textOf, type ArchiveEntry, type Body } from './tar.ts';

export const MANIFEST = 'manifest.json';
export const END = 'end.json';

export interface ArchiveReader {
  /** Hears first what the back-up is; what it throws ends the reading. */
  begin(manifest: Manifest): Promise<void> | void;
  /** Takes an entry, and all of its body. */
  entry(entry: ArchiveEntry, body: Body): Promise<void>;
}

/**
 * Reads a back-up to its very end, and only returns when every byte is as it was written.
 * @param identities  age's secret keys
 * @throws Failure for a file that is damaged, cut off, for somebody else, or no back-up
 */
export async function readArchive(file: string, identities: readonly string[], reader: ArchiveReader): Promise<void> {
  const plain = Readable.from(decrypted(file, identities));
  const read = { entries: 0, bytes: 0 };
  let end: End | undefined;
  try {
    for await (const { body, ...entry } of entriesOf(plain, createZstdDecompress())) {
      if (end || (read.entries === 0) !== (entry.name === MANIFEST)) throw notOurs(file);
      if (entry.name === END) {
        end = End.parse(JSON.parse(await textOf(body)));
        continue;
      }
      if (entry.name === MANIFEST) await reader.begin(parseManifest(await textOf(body)));
      else await reader.entry(entry, body);
      read.entries += 1;
      read.bytes += entry.size;
    }
  } catch (error) {
    throw isForeign(error as Error & { code?: string }) ? notOurs(file) : error;
  }
  if (!end || end.entries !== read.entries || end.bytes !== read.bytes) throw damaged(file, 'its end is missing');
}

/** It was encrypted whole, to us, and is something else than a back-up. */
const isForeign = ({ code = '', message }: Error & { code?: string }): boolean =>
  code.startsWith('ZSTD_') || message.startsWith('Invalid tar header');

/** Only what the file is. @throws Failure as `readArchive` does, as far as it got */
export async function readManifest(file: string, identities: readonly string[]): Promise<Manifest> {
  let found: Manifest | undefined;
  const enough = new Error('enough');
  const begin = (manifest: Manifest) => {
    found = manifest;
    throw enough;
  };
  await readArchive(file, identities, { begin, entry: async () => {} }).catch((error: unknown) => {
    if (error !== enough) throw error;
  });
  return found!;
}

/** The plain bytes; an end that was cut off is found when they end. */
async function* decrypted(file: string, identities: readonly string[]): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    yield* await decrypter.decrypt(Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>);
  } catch (error) {
    throw asFailure(file, error as Error & { code?: string });
  }
}

function asFailure(file: string, error: Error & { code?: string }): Error {
  // Not what is in it, but the way to it.
  if (error.code) return error;
  if (error.message.startsWith('invalid version')) return notOurs(file);
  if (!error.message.startsWith('no identity matched')) return damaged(file, error.message);
  return new Failure(
    'backup_for_another',
    `${file} is encrypted for somebody else: the identity given does not open it.`,
    {
      lines: ['Name the file with the right identity: --identity <file>. Nothing else opens it.'],
    },
  );
}

export const damaged = (file: string, because: string): Failure =>
  new Failure('backup_damaged', `${file} is damaged or cut off: ${because}.`, {
    lines: ['Nothing was replaced. Fetch the file once more, or take an older one.'],
  });

const notOurs = (file: string): Failure =>
  new Failure('not_a_backup', `${file} is no back-up of Hostwright.`, {
    lines: ['Name a file that hostwright backup wrote.'],
  });
