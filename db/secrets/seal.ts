import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';

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
const IV_BYTES = 12;
const TAG_BYTES = 16;

const aad = ({ table, column, rowId }: SealPlace, keyId: string) => Buffer.from(`${keyId}|${table}|${column}|${rowId}`);
/** Separate keys per purpose, from one master. */
export const derive = (master: Buffer, label: string): Buffer =>
  Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `hostwright/${label}`, 32));

/** What to do about a broken seal, for staff. */
export const SEAL_REMEDY =
  'Restore the row, or SEAL_KEYS, from a back-up; `hostwright seal status` says which keys are needed. A credential can also be replaced by a new one.';

/** What was sealed does not open: it was changed, moved to another row, or its key is not there. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  readonly place: SealPlace;
  constructor(place: SealPlace, because: string) {
    super(`${place.table}.${place.column} of ${place.rowId} ${because}`);
    this.place = place;
  }
}

/**
 * @param keys  the current one first; older ones still open what they sealed
 * @throws Error without a key, or when one id names two
 */
export function createSealer(keys: readonly SealKey[]) {
  const [current] = keys;
  if (!current) throw new Error('No sealing key: set SEAL_KEYS.');
  // Key objects are made once; from bytes, making the key costs more than sealing with it.
  const derived = new Map(keys.map(({ id, key }) => [id, createSecretKey(derive(key, 'seal'))]));
  if (derived.size < keys.length) throw new Error('SEAL_KEYS gives one id to two keys.');
  return {
    seal(text: string, place: SealPlace): Buffer {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derived.get(current.id)!, iv);
      cipher.setAAD(aad(place, current.id));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const id = Buffer.from(current.id);
      return Buffer.concat([Buffer.from([VERSION, id.length]), id, iv, cipher.getAuthTag(), body]);
    },
    /** @throws SealBroken naming the missing key id, or that the text was sealed for another place */
    open(sealed: Uint8Array, place: SealPlace): string {
      const bytes = Buffer.from(sealed);
      const idLength = bytes[1] ?? 0;
      const rest = bytes.subarray(2 + idLength);
      if (bytes[0] !== VERSION || rest.length < IV_BYTES + TAG_BYTES) {
        throw new SealBroken(place, `does not open: it is not sealed text of version ${VERSION}.`);
      }
      const id = bytes.subarray(2, 2 + idLength).toString();
      const key = derived.get(id);
      if (!key) throw new SealBroken(place, `is sealed with key "${id}", which SEAL_KEYS does not have.`);
      const decipher = createDecipheriv('aes-256-gcm', key, rest.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(aad(place, id));
      decipher.setAuthTag(rest.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(rest.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch {
        throw new SealBroken(place, 'does not open: it was changed, or sealed for another row.');
      }
    },
  };
}
export type Sealer = ReturnType<typeof createSealer>;

/** Look-up of random secrets of at least 112 bits: a plain hash is enough. */
export const sha256 = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();
export const hmacSha256 = (key: Uint8Array, text: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(text).digest();
