import {
  closeSync,
  createReadStream,
  createWriteStream,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { Encrypter } from 'age-encryption';
import { openTar, type ArchiveEntry, type Body } from './tar.ts';

export interface ArchiveWriter {
  addText(name: string, text: string): Promise<void>;
  addFile(name: string, file: string): Promise<void>;
  /** @param body  of exactly `size` bytes */
  addEntry(entry: ArchiveEntry, body: Body): Promise<void>;
  /** What was added so far. */
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Writes tar, compressed with zstd, encrypted with age, so that `age -d | zstd -d | tar x` reads it too. The file is
 * there whole or not at all, and for nobody else to read.
 * @param recipients  age's public keys, whose owners can open it
 * @returns its size in bytes
 */
export async function writeArchive(
  file: string,
  recipients: readonly string[],
  fill: (archive: ArchiveWriter) => Promise<void>,
): Promise<number> {
  const draft = `${file}.${process.pid}`;
  try {
    rmSync(draft, { force: true });
    const tar = openTar();
    const written = pipeline(
      tar.bytes,
      createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
      (plain: AsyncIterable<Uint8Array>) => encrypted(plain, recipients),
      createWriteStream(draft, { flags: 'wx', mode: 0o600 }),
    );
    const filled = fill(writerInto(tar)).then(tar.end, tar.fail);
    // What goes wrong on either side ends both.
    const [end] = await Promise.allSettled([written, filled]);
    if (end.status === 'rejected') throw end.reason;
    sync(draft);
    renameSync(draft, file);
    sync(dirname(file));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return statSync(file).size;
}

/** Onto the disk: what is in a file, or which names are in a folder. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function* encrypted(plain: AsyncIterable<Uint8Array>, recipients: readonly string[]) {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  yield* await encrypter.encrypt(ReadableStream.from(plain) as ReadableStream<Uint8Array>);
}

function writerInto(tar: ReturnType<typeof openTar>): ArchiveWriter {
  const count = { entries: 0, bytes: 0 };
  const addEntry = async (entry: ArchiveEntry, body: Body) => {
    await tar.add(entry, body);
    count.entries += 1;
    count.bytes += entry.size;
  };
  const addFile = (name: string, size: number, body: Body) => addEntry({ name, type: 'file', size, mode: 0o600 }, body);
  return {
    addEntry,
    addText: (name, text) => addFile(name, Buffer.byteLength(text), Readable.from([Buffer.from(text)])),
    addFile: (name, file) => addFile(name, statSync(file).size, createReadStream(file)),
    get entries() {
      return count.entries;
    },
    get bytes() {
      return count.bytes;
    },
  };
}
