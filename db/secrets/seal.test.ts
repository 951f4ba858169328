import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSealer, derive, hmacSha256, sha256, type SealPlace } from './seal.ts';

const old = { id: 'k1', key: randomBytes(32) };
const current = { id: 'k2', key: randomBytes(32) };
const sealer = createSealer([current, old]);
const place: SealPlace = { table: 'node', column: 'credentials', rowId: '0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a' };

const IV = { from: 4, bytes: 12 };

describe('a sealed secret', () => {
  it('SECR-01 opens where it was sealed, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(sealer.open(sealer.seal(text, place), place)).toBe(text);
      }),
    );
  });

  it.each<Partial<SealPlace>>([
    { table: 'api_key' },
    { column: 'secret' },
    { rowId: '0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4b' },
  ])('SECR-01 does not open once moved to %j', (elsewhere) => {
    const moved = { ...place, ...elsewhere };
    expect(() => sealer.open(sealer.seal('hunter2', place), moved)).toThrow(
      `${moved.table}.${moved.column} of ${moved.rowId} does not open: it was changed, or sealed for another row.`,
    );
  });

  it('SECR-01 does not open with any one bit flipped, and never says what it held', () => {
    const sealed = sealer.seal('hunter2', place);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      let message = 'it opened';
      try {
        sealer.open(flipped, place);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/does not open|which SEAL_KEYS does not have/);
      expect(message).not.toContain('hunter2');
    }
  });

  it('SECR-01 does not open when cut anywhere, so a short tag is no easier to guess', () => {
    const sealed = sealer.seal('hunter2', place);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.open(sealed.subarray(0, length), place)).toThrow('does not open');
    }
  });

  it('SECR-01 never uses an IV twice: a million secrets', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 1_000_000; n += 1) {
      seen.add(sealer.seal('', place).toString('latin1', IV.from, IV.from + IV.bytes));
    }
    expect(seen.size).toBe(1_000_000);
  }, 300_000);

  it('the same text sealed twice looks different, and neither shows it', () => {
    const [a, b] = [sealer.seal('hunter2', place), sealer.seal('hunter2', place)];
    expect(a.equals(b)).toBe(false);
    expect(a.includes('hunter2')).toBe(false);
  });
});

describe('keys come and go', () => {
  it('SECR-02 what the old key sealed opens after a rotation, and new secrets use the new key', () => {
    const before = createSealer([old]).seal('hunter2', place);
    expect(sealer.open(before, place)).toBe('hunter2');
    const after = sealer.seal(sealer.open(before, place), place);
    expect(createSealer([current]).open(after, place)).toBe('hunter2');
  });

  it('SECR-02 a key that is gone is named, instead of plaintext or silence', () => {
    const sealed = createSealer([old]).seal('hunter2', place);
    expect(() => createSealer([current]).open(sealed, place)).toThrow(
      `node.credentials of ${place.rowId} is sealed with key "k1", which SEAL_KEYS does not have.`,
    );
  });

  it('SECR-02 another key under the same id does not open it', () => {
    const sealed = createSealer([old]).seal('hunter2', place);
    const impostor = createSealer([{ id: 'k1', key: randomBytes(32) }]);
    expect(() => impostor.open(sealed, place)).toThrow('does not open');
  });

  it('needs a key, and one id for each', () => {
    expect(() => createSealer([])).toThrow('No sealing key');
    expect(() => createSealer([old, { ...current, id: 'k1' }])).toThrow('gives one id to two keys');
  });

  it('SECR-06 one master gives each purpose its own key', () => {
    const master = randomBytes(32);
    expect(derive(master, 'seal').equals(derive(master, 'license'))).toBe(false);
    expect(derive(master, 'seal').equals(derive(master, 'seal'))).toBe(true);
    expect(derive(master, 'seal')).toHaveLength(32);
  });
});

describe('hashes', () => {
  it('are those of FIPS 180-4 and RFC 4231', () => {
    expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });
});
