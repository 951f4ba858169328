import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isLicenseKeyShape, maskLicenseKey, newLicenseKey, normalizeLicenseKey } from './license-key.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const bytesOf = (value: number) => (size: number) => new Uint8Array(size).fill(value);
const key = fc
  .uint8Array({ minLength: 15, maxLength: 15 })
  .map((bytes) => newLicenseKey('extended', (size) => bytes.subarray(0, size)));
/** Places of the 25 symbols in `NP-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. */
const PLACES = Array.from({ length: 25 }, (_, i) => 3 + i + Math.floor(i / 5));
const withSymbols = (text: string, changes: [number, string][]) => {
  const letters = [...text];
  for (const [place, symbol] of changes) letters[place] = symbol;
  return letters.join('');
};

describe('the extended form', () => {
  it('is 23 random symbols and the two check symbols of their value modulo 1021', () => {
    expect(newLicenseKey('extended', bytesOf(0))).toBe('NP-00000-00000-00000-00000-00000');
    // 2^115 - 1 modulo 1021 is 111, counted with arbitrary precision.
    expect((2n ** 115n - 1n) % 1021n).toBe(111n);
    expect(newLicenseKey('extended', bytesOf(255))).toBe('NP-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZ3F');
  });

  it('takes every random bit into the key, and no more than it was given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 15, maxLength: 15 }), (bytes) => {
        const text = newLicenseKey('extended', () => bytes)
          .replaceAll('-', '')
          .slice(2, 25);
        const value = [...text].reduce((sum, symbol) => sum * 32n + BigInt(CROCKFORD.indexOf(symbol)), 0n);
        expect(value).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`) >> 5n);
      }),
    );
    expect(() => newLicenseKey('extended', () => new Uint8Array(14))).toThrow('15 bytes');
  });

  it('PANEL-05: notices every single wrong symbol', () => {
    fc.assert(
      fc.property(key, (right) => {
        for (const place of PLACES) {
          for (const symbol of CROCKFORD) {
            if (symbol !== right[place]) expect(isLicenseKeyShape(withSymbols(right, [[place, symbol]]))).toBe(false);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('PANEL-05: notices every swap of neighbours, over the dashes and into the check symbols too', () => {
    fc.assert(
      fc.property(key, (right) => {
        for (let i = 0; i + 1 < PLACES.length; i += 1) {
          const [a, b] = [PLACES[i]!, PLACES[i + 1]!];
          const swapped = withSymbols(right, [
            [a, right[b]!],
            [b, right[a]!],
          ]);
          expect(isLicenseKeyShape(swapped)).toBe(swapped === right);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is found however people write it', () => {
    const right = newLicenseKey('extended', (size) => Uint8Array.from({ length: size }, (_, i) => i * 37));
    const sloppy = right.toLowerCase().replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l');
    expect(normalizeLicenseKey(`  ${sloppy} `)).toBe(right);
    expect(normalizeLicenseKey(right.replaceAll('1', 'I'))).toBe(right);
    expect(normalizeLicenseKey(right)).toBe(right);
  });

  it.each([
    ['a blank inside', (key: string) => key.replace('-', '- ')],
    ['a line break inside', (key: string) => `${key.slice(0, 9)}\r\n${key.slice(9)}`],
    ['a no-break space', (key: string) => `\u00a0${key.replace('-', '-\u00a0')}`],
    ['en dashes', (key: string) => key.replaceAll('-', '–')],
    ['a minus sign', (key: string) => key.replaceAll('-', '−')],
    ['zero-width characters', (key: string) => `\ufeff${key.slice(0, 5)}\u200b${key.slice(5)}\u2060`],
    ['soft hyphens', (key: string) => `${key.slice(0, 7)}\u00ad${key.slice(7)}`],
  ])('is found as it is pasted, with %s', (_, paste) => {
    for (const right of [
      'NP-7HKD-Q2XW-9MRT-4FVB',
      newLicenseKey('extended', (size) => new Uint8Array(size).fill(77)),
    ]) {
      expect(normalizeLicenseKey(paste(right))).toBe(right);
      expect(isLicenseKeyShape(paste(right))).toBe(true);
    }
  });
});

describe('keys of other forms', () => {
  it('the four-group form has 80 random bits in the older alphabet', () => {
    expect(newLicenseKey('four_groups', bytesOf(0))).toBe('NP-AAAA-AAAA-AAAA-AAAA');
    expect(newLicenseKey('four_groups', bytesOf(255))).toBe('NP-9999-9999-9999-9999');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        const text = newLicenseKey('four_groups', () => bytes);
        expect(text).toMatch(/^NP(-[ABCDEFGHJKLMNPQRSTUVWXYZ23456789]{4}){4}$/);
        expect(isLicenseKeyShape(text)).toBe(true);
        expect(normalizeLicenseKey(text)).toBe(text);
      }),
    );
  });

  it.each([
    ['np-7hkd-q2xw-9mrt-4fvb ', 'NP-7HKD-Q2XW-9MRT-4FVB', true, 'case and spaces do not matter'],
    ['NP-7HKD-Q2XW-9MRT', 'NP-7HKD-Q2XW-9MRT', true, 'three groups are as good as four'],
    ['NP-LLLL-UUUU-LLLL-UUUU', 'NP-LLLL-UUUU-LLLL-UUUU', true, 'L and U mean themselves in the older alphabet'],
    ['NP-O000-IIII-1111-OOOO', 'NP-O000-IIII-1111-OOOO', false, 'the older alphabet has none of I, O, 0, 1'],
    ['NP-0123ABCD-4567EF89', 'NP-0123ABCD-4567EF89', false, 'an imported key keeps its own text'],
    ['Lic/oil-01', 'LIC/OIL-01', false, 'letters of an imported key are never read as digits'],
    ['', '', false, 'nothing is no key'],
    [
      'NP-00000-00000-00000-00000-00001',
      'NP-00000-00000-00000-00000-00001',
      false,
      'wrong check symbols: not ours, but may be imported',
    ],
  ])('%s is kept as %s', (text, normal, shape, _because) => {
    expect(normalizeLicenseKey(text)).toBe(normal);
    expect(isLicenseKeyShape(text)).toBe(shape);
  });

  it('normalising twice is normalising once', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), key), (text) => {
        const once = normalizeLicenseKey(text);
        expect(normalizeLicenseKey(once)).toBe(once);
      }),
    );
  });
});

it('PANEL-05: a masked key shows the first five and the last four characters, a short one less', () => {
  expect(maskLicenseKey('NP-7HKD-Q2XW-9MRT-4FVB')).toBe('NP-7H…4FVB');
  expect(maskLicenseKey('OLD-123456')).toBe('OL…');
});
