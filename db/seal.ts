import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Secrets in columns: AES-256-GCM, a fresh 96-bit IV each, bound to table, column and row, so that a
 * ciphertext that is moved elsewhere does not open. Layout: version 1, key id length, key id, IV, tag, text.
 */
export interface SealPlace {
  table: string;
  column: string;
  rowId: string;
}

export interface SealKey {
  id: string;
  /** 32 bytes, from the environment or a file, never from the database. */
  key: Buffer;
}

const VERSION = 1;

const aad = ({ table, column, rowId }: SealPlace, keyId: string) => Buffer.from(`${keyId}|${table}|${column}|${rowId}`);
/** Separate keys per purpose, from one master. */
export const derive = (master: Buffer, label: string): Buffer =>
  Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `hostwright/${label}`, 32));

/** @param keys  the current one first; older ones still open what they sealed */
export function createSealer(keys: readonly SealKey[]) {
  const [current] = keys;
  if (!current) throw new Error('No sealing key: set SEAL_KEYS.');
  const derived = new Map(keys.map(({ id, key }) => [id, derive(key, 'seal')]));
  return {
    seal(text: string, place: SealPlace): Buffer {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', derived.get(current.id)!, iv);
      cipher.setAAD(aad(place, current.id));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const id = Buffer.from(current.id);
      return Buffer.concat([Buffer.from([VERSION, id.length]), id, iv, cipher.getAuthTag(), body]);
    },
    /** @throws Error naming the missing key id, or that the text was sealed for another place */
    open(sealed: Uint8Array, place: SealPlace): string {
      const bytes = Buffer.from(sealed);
      const idLength = bytes[1] ?? 0;
      const id = bytes.subarray(2, 2 + idLength).toString();
      const key = derived.get(id);
      if (bytes[0] !== VERSION || !key) {
        throw new Error(
          `${place.table}.${place.column} of ${place.rowId} is sealed with key "${id}", which SEAL_KEYS does not have.`,
        );
      }
      const rest = bytes.subarray(2 + idLength);
      const decipher = createDecipheriv('aes-256-gcm', key, rest.subarray(0, 12));
      decipher.setAAD(aad(place, id));
      decipher.setAuthTag(rest.subarray(12, 28));
      try {
        return Buffer.concat([decipher.update(rest.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        throw new Error(
          `${place.table}.${place.column} of ${place.rowId} does not open: it was changed, or sealed for another row.`,
        );
      }
    },
  };
}
export type Sealer = ReturnType<typeof createSealer>;

/** Look-up of random secrets of at least 112 bits: a plain hash is enough. */
export const sha256 = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();
export const hmacSha256 = (key: Uint8Array, text: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(text).digest();
