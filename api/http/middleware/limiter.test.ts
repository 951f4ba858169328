import { describe, expect, it } from '@jest/globals';
import { createLimiter } from './limiter.ts';

const perMinute = { max: 3, windowSeconds: 60 };

describe('the limiter', () => {
  it('LIM-01: allows the limit and not one more, and starts over with the next window', () => {
    const limiter = createLimiter();
    const at = (ms: number) => limiter.take('a', 'k', perMinute, ms);
    expect([at(0), at(1), at(2), at(3)].map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
    expect(at(30_000)).toMatchObject({ allowed: false, resetSeconds: 30 });
    expect(at(60_000)).toMatchObject({ allowed: true, remaining: 2, resetSeconds: 60 });
  });

  it('LIM-01: counts the items of a batch', () => {
    expect(createLimiter().take('a', 'k', perMinute, 0, 4).allowed).toBe(false);
  });

  it('LIM-02: divides the limit among replicas', () => {
    const limiter = createLimiter({ factor: 0.5 });
    expect([1, 2].map(() => limiter.take('a', 'k', { max: 2, windowSeconds: 60 }, 0).allowed)).toEqual([true, false]);
  });

  it('keeps limits and keys apart', () => {
    const limiter = createLimiter();
    for (let i = 0; i < 3; i += 1) limiter.take('a', 'k', perMinute, 0);
    expect(limiter.take('b', 'k', perMinute, 0).allowed).toBe(true);
    expect(limiter.take('a', 'other', perMinute, 0).allowed).toBe(true);
  });

  it('LIM-03: a million random keys leave memory bounded, and do not free who is over the limit', () => {
    const limiter = createLimiter({ maxKeys: 10_000 });
    for (let i = 0; i < 5; i += 1) limiter.take('a', 'attacker', perMinute, 0);
    for (let i = 0; i < 1_000_000; i += 1) limiter.take('a', `random-${i}`, perMinute, 0);
    expect(limiter.size()).toBeLessThanOrEqual(10_000);
    expect(limiter.take('a', 'attacker', perMinute, 1).allowed).toBe(false);
  });
});
