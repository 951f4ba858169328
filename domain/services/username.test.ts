import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUsername, usernameFor } from './username.ts';

/** UUIDv7, as PostgreSQL makes them: 48 bits of milliseconds, then random bits. */
const serviceId = fc
  .record({ ms: fc.integer({ min: 0, max: 2 ** 48 - 1 }), random: fc.uint8Array({ minLength: 10, maxLength: 10 }) })
  .map(({ ms, random }) => {
    const time = ms.toString(16).padStart(12, '0');
    const tail = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const variant = '89ab'[random[2]! % 4];
    return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-${variant}${tail.slice(3, 6)}-${tail.slice(6, 18)}`;
  });
const attempt = fc.nat(1_000);

describe('the user name of a service', () => {
  it('IN-05 is always acceptable to a panel and never reserved', () => {
    fc.assert(
      fc.property(serviceId, attempt, (id, n) => {
        const name = usernameFor(id, n);
        expect(name).toMatch(/^[a-z][a-z0-9]{2,15}$/);
        expect(isUsername(name)).toBe(true);
      }),
    );
  });

  it('is the same each time, however the id is written', () => {
    fc.assert(
      fc.property(serviceId, attempt, (id, n) => {
        expect(usernameFor(id.toUpperCase(), n)).toBe(usernameFor(id, n));
      }),
    );
    // Written out, since accounts made by an earlier release must be found by a later one.
    expect(usernameFor('0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a')).toBe('vbgt2h5thjrx');
    expect(usernameFor('0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a', 1)).toBe('bzfjvjv7x7jm');
  });

  it('is another one with the next attempt', () => {
    fc.assert(
      fc.property(serviceId, (id) => {
        const names = [0, 1, 2, 3, 4].map((n) => usernameFor(id, n));
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('differs between services made in the same millisecond, one after the other', () => {
    const names = Array.from({ length: 20_000 }, (_, n) =>
      usernameFor(`0193a6e2-5c1f-7d3a-9b42-${n.toString(16).padStart(12, '0')}`),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('contains no vowel, so no word appears by chance', () => {
    fc.assert(
      fc.property(serviceId, attempt, (id, n) => {
        expect(usernameFor(id, n)).not.toMatch(/[aeiouy01l]/);
      }),
    );
  });

  it.each(['', 'svc_1', '0193a6e2-5c1f-7d3a-9b42', '0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a; rm'])(
    'refuses what is no service id: "%s"',
    (id) => {
      expect(() => usernameFor(id)).toThrow('is not the id of a service');
    },
  );

  it.each([-1, 0.5, Number.NaN, Infinity])('refuses %s as an attempt', (n) => {
    expect(() => usernameFor('0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a', n)).toThrow('is not an attempt');
  });
});

describe('a name that a person typed', () => {
  it.each(['ines', 'harbor7', 'a23456789012345z', 'bcd'])('IN-05 accepts %s', (name) => {
    expect(isUsername(name)).toBe(true);
  });

  it.each([
    { name: 'root', because: 'the system owns it' },
    { name: 'admin', because: 'people would trust it' },
    { name: 'mysql', because: 'the database server runs as it' },
    { name: 'www', because: 'the web server runs as it' },
    { name: 'postmaster', because: 'it speaks for a domain' },
    { name: 'ab', because: 'too short' },
    { name: 'a2345678901234567', because: 'longer than 16' },
    { name: '7seas', because: 'a digit comes first' },
    { name: 'Ines', because: 'upper case' },
    { name: 'in-es', because: 'a dash' },
    { name: 'ines\n', because: 'a line break after it' },
    { name: 'іnes', because: 'a Cyrillic letter' },
    { name: '', because: 'nothing' },
  ])('IN-05 refuses "$name": $because', ({ name }) => {
    expect(isUsername(name)).toBe(false);
  });
});
