import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { add, money, negate, sum } from './money.ts';
import { shareOf, splitAt, splitByWeight } from './proration.ts';

const eur = (minor: number) => money(minor, 'EUR');
const amounts = fc.integer({ min: -2_000_000_000_000, max: 2_000_000_000_000 }).map(eur);
const part = fc
  .integer({ min: 1, max: 1_096 })
  .chain((whole) => fc.tuple(fc.integer({ min: 0, max: whole }), fc.constant(whole)));

describe('a part of an amount', () => {
  it.each([
    [3_000, 22, 31, 2_129, 'ordered on 10 January with anchor 1: 22 of 31 days'],
    [3_000, 12, 31, 1_161, 'ordered on the 20th: 12 of 31 days'],
    [2_500, 15, 30, 1_250, 'half a period'],
    [1, 1, 2, 1, 'an exact half goes up'],
    [-1, 1, 2, -1, 'and of a credit away from zero as well'],
    [3, 1, 2, 2, 'half of 3 is 2'],
    [100, 1, 3, 33, 'a third'],
    [100, 2, 3, 67, 'two thirds'],
    [0, 1, 3, 0, 'nothing of nothing'],
    [1_000, 0, 31, 0, 'no day'],
    [1_000, 31, 31, 1_000, 'every day'],
    [9_007_199_254_740_991, 365, 366, 8_982_589_420_711_644, 'beyond what doubles can multiply'],
  ])('%i × %i ÷ %i is %i: %s', (minor, some, whole, share) => {
    expect(shareOf(eur(minor), some, whole)).toEqual(eur(share));
  });

  it('of a credit mirrors that of its charge', () => {
    fc.assert(
      fc.property(amounts, part, (amount, [some, whole]) => {
        expect(shareOf(negate(amount), some, whole)).toEqual(negate(shareOf(amount, some, whole)));
      }),
    );
  });

  it.each([
    [-1, 31],
    [32, 31],
    [1, 0],
    [0.5, 31],
  ])('%d of %d is none', (some, whole) => {
    expect(() => shareOf(eur(100), some, whole)).toThrow('is no part');
  });
});

it('used and unused are what was invoiced', () => {
  fc.assert(
    fc.property(amounts, part, (amount, [usedDays, days]) => {
      const { used, unused } = splitAt(amount, usedDays, days);
      expect(add(used, unused)).toEqual(amount);
    }),
  );
});

describe('a total over several', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33], 'of equal remainders the first has the cent'],
    [-100, [1, 1, 1], [-34, -33, -33], 'so has the credit'],
    [1_000, [19, 7], [731, 269], 'by weight'],
    [5, [0, 1, 0], [0, 5, 0], 'what weighs nothing has nothing'],
    [0, [3, 4], [0, 0], 'nothing'],
  ])('%i by %j is %j: %s', (total, weights, parts) => {
    expect(splitByWeight(eur(total), weights)).toEqual(parts.map(eur));
  });

  it('is split whole, and nobody gets a unit more or less than his share', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 12 })
      .filter((all) => all.some((one) => one > 0));
    fc.assert(
      fc.property(amounts, weights, (total, all) => {
        const parts = splitByWeight(total, all);
        const whole = all.reduce((a, b) => a + b, 0);
        expect(sum(parts, 'EUR')).toEqual(total);
        parts.forEach(({ minor }, at) =>
          expect(Math.abs(minor - (total.minor * all[at]!) / whole)).toBeLessThan(1.001),
        );
      }),
    );
  });

  it.each([[[]], [[0, 0]], [[-1, 2]], [[0.5]]])('%j splits nothing', (weights) => {
    expect(() => splitByWeight(eur(100), weights)).toThrow(RangeError);
  });
});
