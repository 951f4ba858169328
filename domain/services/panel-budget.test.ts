import { describe, expect, it } from '@jest/globals';
import { callsLeft, checkEveryMs, DEFAULT_BUDGET, NOTHING_SPENT, type CallsSpent } from './panel-budget.ts';

const spent = (of: Partial<CallsSpent>): CallsSpent => ({ ...NOTHING_SPENT, ...of });
const LARGE = { perHour: 5_000, perDay: 50_000 };

describe('what is left of the calls of a key', () => {
  it.each([
    ['nothing was asked', {}, 900],
    ['the hour is what is short', { hour: 300, day: 2_000 }, 600],
    ['the day is what is short', { hour: 10, day: 8_990 }, 10],
    ['more was asked than there is', { hour: 905, day: 905 }, 0],
  ])('%s', (_, of, left) => {
    expect(callsLeft(DEFAULT_BUDGET, spent(of))).toBe(left);
  });
});

describe('seconds between two checks', () => {
  it.each([
    { node: 'healthy', of: {}, seconds: 192, because: 'two calls each are then a tenth of 9000 a day' },
    { node: 'healthy', of: {}, budget: LARGE, seconds: 60, because: 'a large budget bears the shortest' },
    { node: 'in doubt', of: {}, seconds: 60, because: 'three failures are to be known soon' },
    { node: 'in doubt', of: { checksHour: 90 }, seconds: 192, because: 'checks had their tenth of the hour' },
    { node: 'in doubt', of: { checksDay: 900 }, seconds: 192, because: 'checks had their tenth of the day' },
    { node: 'healthy', of: { hour: 700 }, seconds: 768, because: 'orders have left less than a quarter' },
    { node: 'in doubt', of: { day: 7_000 }, seconds: 768, because: 'orders have left less than a quarter of the day' },
    { node: 'healthy', of: { hour: 900 }, seconds: null, because: 'nothing is left' },
  ])('$node, $of: $seconds, as $because', ({ node, of, seconds, budget = DEFAULT_BUDGET }) => {
    const ms = checkEveryMs(budget, spent(of), node === 'healthy');
    expect(ms === null ? null : ms / 1_000).toBe(seconds);
  });
});
