import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addCycle, addDays, daysBetween } from '../calendar/civil-dates.ts';
import { money } from '../money/money.ts';
import { shareOf } from '../money/proration.ts';
import { alignedStart } from './first-period.ts';

const eur = (minor: number) => money(minor, 'EUR');

it.each([
  {
    because: 'before the cut-off: a stub of 22 of 31 days',
    of: ['2027-01-10', 'monthly', 1, 20],
    parts: [['2027-01-10', '2027-02-01', 2_129]],
  },
  {
    because: 'on the cut-off: a stub of 12 of 31 days and the whole period after it',
    of: ['2027-01-20', 'monthly', 1, 20],
    parts: [
      ['2027-01-20', '2027-02-01', 1_161],
      ['2027-02-01', '2027-03-01', 3_000],
    ],
  },
  {
    because: 'on the anchor there is no stub',
    of: ['2027-01-01', 'monthly', 1, 20],
    parts: [['2027-01-01', '2027-02-01', 3_000]],
  },
  {
    because: 'anchor 31 in February is the 28th',
    of: ['2027-02-28', 'monthly', 31, undefined],
    parts: [['2027-02-28', '2027-03-31', 3_000]],
  },
  {
    because: 'after this month’s anchor: up to the next, by the length of that period (15 January to 15 February)',
    of: ['2027-01-31', 'monthly', 15, undefined],
    parts: [['2027-01-31', '2027-02-15', 1_452]],
  },
  {
    because: 'a quarter is counted by the quarter that ends at the anchor',
    of: ['2027-01-10', 'quarterly', 1, undefined],
    parts: [['2027-01-10', '2027-02-01', 717]],
  },
] as const)('$because', ({ of: [orderedOn, cycle, anchorDay, cutOff], parts }) => {
  expect(alignedStart(orderedOn, eur(3_000), cycle, anchorDay, cutOff)).toEqual(
    parts.map(([from, to, minor]) => ({ from, to, amount: eur(minor) })),
  );
});

it('rule 11: a stub and the parts it could be cut into are its period, to one minor unit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3_000 }),
      fc.integer({ min: 1, max: 31 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (days, anchorDay, minor) => {
        const orderedOn = addDays('2027-01-01', days);
        const price = eur(minor);
        const [stub] = alignedStart(orderedOn, price, 'monthly', anchorDay);
        const length = daysBetween(addCycle(anchorDay, stub!.to, 'monthly', -1), stub!.to);
        const rest = shareOf(price, length - daysBetween(orderedOn, stub!.to), length);
        expect(stub!.from).toBe(orderedOn);
        expect(Math.abs(stub!.amount.minor + rest.minor - minor)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
