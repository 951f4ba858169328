import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isId, newId, reference } from './ids.ts';
import { idAt } from './workflows/replayed-id.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Until the year 10889, when 48 bits of milliseconds end. */
const ms = fc.integer({ min: 0, max: 2 ** 48 - 1 });
/** A workflow's `Math.random`: the same numbers in each replay. */
const chance = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 16,
  maxLength: 16,
});
const replay = (numbers: readonly number[]) => {
  let n = 0;
  return () => numbers[n++ % numbers.length]!;
};

describe('an id', () => {
  it.each(['', '42', 'attempt-1', 'x'.repeat(36), '0198c0de-0000-7000-8000-00000000000', `${newId()} `])(
    'is not what reads %j',
    (text) => {
      expect(isId(text)).toBe(false);
      expect(isId(newId())).toBe(true);
      expect(isId(newId().toUpperCase())).toBe(true);
    },
  );

  it('is a UUIDv7, new each time, in the order of making', () => {
    const ids = Array.from({ length: 20_000 }, newId);
    for (const id of ids) expect(id).toMatch(UUID_V7);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('of a workflow is the same in each replay', () => {
    fc.assert(
      fc.property(ms, chance, (at, numbers) => {
        expect(idAt(at, replay(numbers))).toBe(idAt(at, replay(numbers)));
        expect(idAt(at, replay(numbers))).toMatch(UUID_V7);
      }),
    );
  });

  it('of a workflow says its instant, so ids sort by time whatever chance does', () => {
    fc.assert(
      fc.property(ms, ms, chance, chance, (a, b, one, other) => {
        const [first, second] = [idAt(a, replay(one)), idAt(b, replay(other))];
        expect(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16)).toBe(a);
        if (a !== b) expect(first < second).toBe(a < b);
      }),
    );
  });

  it('of a workflow differs by chance alone within a millisecond', () => {
    const ids = Array.from({ length: 10_000 }, () => idAt(1_800_000_000_000, Math.random));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a reference', () => {
  const kinds = fc.constantFrom('O' as const, 'C' as const, 'S' as const, 'SUB' as const);

  it('is ten symbols that nobody mixes up on the phone, and always the same of one id', () => {
    fc.assert(
      fc.property(kinds, ms, chance, (kind, at, numbers) => {
        const id = idAt(at, replay(numbers));
        expect(reference(kind, id)).toMatch(/^(O|C|S|SUB)-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
        expect(reference(kind, id).startsWith(`${kind}-`)).toBe(true);
        expect(reference(kind, id.toUpperCase())).toBe(reference(kind, id));
      }),
    );
    // Written out, since customers know theirs by heart.
    expect(reference('O', '0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a')).toBe('O-KF1RE-JRETA');
    expect(reference('C', '00000000-0000-7000-8000-000000000000')).toBe('C-00000-00000');
    expect(reference('SUB', 'ffffffff-ffff-7fff-bfff-ffffffffffff')).toBe('SUB-ZZZZZ-ZZZZZ');
  });

  it('uses the 50 random bits at the end, and nothing of the time', () => {
    fc.assert(
      fc.property(kinds, ms, ms, chance, (kind, a, b, numbers) => {
        expect(reference(kind, idAt(a, replay(numbers)))).toBe(reference(kind, idAt(b, replay(numbers))));
      }),
    );
    const one = '0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a';
    for (let bit = 0n; bit < 50n; bit += 1n) {
      const flipped = (BigInt(`0x${one.replaceAll('-', '')}`) ^ (1n << bit)).toString(16).padStart(32, '0');
      expect(reference('O', flipped)).not.toBe(reference('O', one));
    }
  });

  it('differs between ids made at once', () => {
    const references = Array.from({ length: 20_000 }, () => reference('O', newId()));
    expect(new Set(references).size).toBe(references.length);
  });
});
