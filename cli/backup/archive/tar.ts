import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Header } from 'tar-stream';

export interface ArchiveEntry {
  /** Path in the archive, with slashes and none at its end. */
  name: string;
  type: 'file' | 'directory';
  size: number;
  mode: number;
}

/** What an entry holds; to be read to its end. */
export type Body = AsyncIterable<Uint8Array>;

export const textOf = async (body: Body): Promise<string> =>
  Buffer.concat(await Array.fromAsync(body)).toString('utf8');

/** Reads what nobody needs. */
export async function drain(body: Body): Promise<void> {
  for await (const chunk of body) void chunk;
}

/** Its own kind of streams, which Node's take for theirs. */
const asNode = <T>(stream: unknown): T => stream as T;

/** A tar to be written. */
export function openTar() {
  const tar = pack();
  return {
    bytes: asNode<Readable>(tar),
    /** @param body  of exactly `size` bytes */
    add: (entry: ArchiveEntry, body: Body): Promise<void> =>
      pipeline(body, asNode<Writable>(tar.entry({ ...entry, mtime: NEVER }))),
    end: () => tar.finalize(),
    fail: (error: Error) => tar.destroy(error),
  };
}

const NEVER = new Date(0);

/**
 * The entries of a tar; each body has to be read before the next one comes.
 * @param bytes  the tar, through whatever has to be undone first
 */
export async function* entriesOf(
  bytes: Readable,
  ...through: Writable[]
): AsyncGenerator<ArchiveEntry & { body: Body }> {
  const tar = extract();
  const feeding = pipeline([bytes, ...through, asNode<Writable>(tar)]);
  feeding.catch(() => {});
  for await (const entry of tar) yield { ...factsOf(entry.header), body: asNode<Body>(entry) };
  await feeding;
}

function factsOf({ name, type, size, mode }: Header): ArchiveEntry {
  if (type !== 'file' && type !== 'directory') throw new Error(`${name} is a ${type}, which a back-up never has.`);
  return { name: name.replace(/^\.\//, '').replace(/\/$/, ''), type, size, mode };
}
