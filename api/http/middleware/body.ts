import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';

const tooLarge = (max: number) => new Problem(413, 'body_too_large', `The body is larger than ${max} bytes.`);

/**
 * Reads the body once, counting the bytes that arrive, and leaves it for `c.req.json()` and its like.
 * Compressed bodies are refused: what is counted must be what is parsed.
 * @param max  bytes
 * @throws Problem 413, 415, or 400 when it breaks off
 */
export async function readBody(c: ApiContext, max: number): Promise<Uint8Array> {
  const encoding = c.req.header('content-encoding');
  if (encoding && encoding.toLowerCase() !== 'identity') {
    throw new Problem(415, 'compressed_body', 'Send the body without Content-Encoding.');
  }
  const announced = Number(c.req.header('content-length') ?? Number.NaN);
  if (announced > max) throw tooLarge(max);
  // With an announced length the HTTP parser lets no more bytes through than that.
  const bytes = Number.isInteger(announced) ? await whole(c) : await counted(c, max);
  if (bytes.byteLength > max) throw tooLarge(max);
  return bytes;
}

async function whole(c: ApiContext): Promise<Uint8Array> {
  try {
    return new Uint8Array(await c.req.arrayBuffer());
  } catch (error) {
    throw brokenOff(error);
  }
}

async function counted(c: ApiContext, max: number): Promise<Uint8Array> {
  const reader = c.req.raw.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = reader ? await reader.read().catch((error) => Promise.reject(brokenOff(error))) : END;
    if (done) break;
    size += value.byteLength;
    if (size > max) {
      await reader!.cancel().catch(() => {});
      throw tooLarge(max);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(Buffer.concat(chunks));
  // Its type says a buffer; what Hono keeps there is the promise of one.
  c.req.bodyCache.arrayBuffer = Promise.resolve(bytes.buffer) as unknown as ArrayBuffer;
  return bytes;
}

const END = { done: true, value: undefined } as const;
const brokenOff = (cause: unknown) =>
  new Problem(400, 'incomplete_body', 'The body ended before all of it arrived.', { cause });
