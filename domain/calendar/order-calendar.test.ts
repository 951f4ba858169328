import { describe, expect, it } from '@jest/globals';
import { healAfterMs, nextWaitStep } from './order-calendar.ts';

const placed = Date.parse('2026-11-21T10:00:00Z');
const walk = (until: number) => {
  const steps = [];
  for (let after = placed; ;) {
    const step = nextWaitStep(placed, after);
    if (step.atMs > placed + until) return steps;
    steps.push(step);
    if (step.do === 'cancel') return steps;
    after = step.atMs;
  }
};

describe('while an order waits for its payment', () => {
  it('looks after 1, 5 and 15 minutes, then every hour', () => {
    const looks = walk(4 * 3_600_000).map(({ atMs }) => (atMs - placed) / 60_000);
    expect(looks).toEqual([1, 5, 15, 75, 135, 195]);
  });

  it('reminds after a day and after three, and cancels on the seventh', () => {
    const told = walk(Infinity).filter((step) => step.do !== 'look');
    expect(told).toEqual([
      { do: 'remind', atMs: Date.parse('2026-11-22T10:00:00Z'), ordinal: 1 },
      { do: 'remind', atMs: Date.parse('2026-11-24T10:00:00Z'), ordinal: 2 },
      { do: 'cancel', atMs: Date.parse('2026-11-28T10:00:00Z') },
    ]);
  });

  it('goes on from where it stood after a standstill: what was missed is not made up', () => {
    const late = placed + 100 * 3_600_000;
    expect(nextWaitStep(placed, late)).toEqual({ do: 'look', atMs: placed + 100 * 3_600_000 + 15 * 60_000 });
    expect(nextWaitStep(placed, placed + 30 * 86_400_000)).toEqual({ do: 'cancel', atMs: placed + 7 * 86_400_000 });
  });

  it('tries a parked step each minute, then rarer', () => {
    expect([0, 9, 10, 29, 30, 500].map((tries) => healAfterMs(tries) / 60_000)).toEqual([1, 1, 5, 5, 60, 60]);
  });
});
