import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { tellApart } from './classifier.ts';

describe('telling two kinds of answers apart', () => {
  it.each([
    [[1, 2, 3], [4, 5, 6], 1],
    [[4, 5, 6], [1, 2, 3], 1],
    [[1, 1, 1], [1, 1], 0.5],
    [[1, 3], [2, 4], 0.75],
    [[1, 4], [2, 3], 0.5],
    [[1, 2, 2], [2, 3], 5 / 6],
  ])('%j and %j: %d', (one, other, area) => {
    expect(tellApart(one, other)).toBeCloseTo(area, 12);
  });

  it('is the share of pairs in which the first took longer, counted out', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, times, (one, other) => {
        const wins = one.flatMap((a) => other.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
        const share = wins.reduce((sum, win) => sum + win, 0) / wins.length;
        expect(tellApart(one, other)).toBeCloseTo(Math.max(share, 1 - share), 9);
      }),
    );
  });

  it('nothing cannot be told apart', () => {
    expect(() => tellApart([], [1])).toThrow('Nothing to tell apart');
  });
});
