import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays, daysBetween } from '../calendar/civil-dates.ts';
import { money } from '../money/money.ts';
import { quoteCancellation, quotePlanChange, type ChangeWish, type CoveredLine } from './plan-change.ts';

const eur = (minor: number) => money(minor, 'EUR');
const line = (minor: number, from: string, to: string, credited = 0): CoveredLine => ({
  invoiced: eur(minor),
  credited: eur(credited),
  from,
  to,
});
/** Ten euros a month, paid from 31 March to 30 April. */
const april = {
  price: eur(1_000),
  cycle: 'monthly' as const,
  anchorDay: 31,
  periodStart: '2027-03-31',
  paidThrough: '2027-04-30',
  lines: [line(1_000, '2027-03-31', '2027-04-30')],
};
const wish = (changed: Partial<ChangeWish>): ChangeWish => ({
  asOf: new Date('2027-04-15T12:00:00Z'),
  zone: 'UTC',
  now: april,
  wanted: { price: eur(2_500), cycle: 'monthly' },
  mode: 'prorate',
  ...changed,
});

describe('a change of plan', () => {
  it('up, in the middle of the period: 15 of 30 days of each, 7.50', () => {
    expect(quotePlanChange(wish({}))).toEqual({
      kind: 'upgrade',
      effectiveOn: '2027-04-15',
      credit: eur(-500),
      charge: eur(1_250),
      due: eur(750),
      toBalance: eur(0),
      periodStart: '2027-03-31',
      paidThrough: '2027-04-30',
      anchorDay: 31,
      goodThrough: '2027-04-15',
    });
  });

  it.each<[because: string, changed: Partial<ChangeWish>, shown: object]>([
    [
      'down waits for the end of the period, and nothing is given back',
      { wanted: { price: eur(500), cycle: 'monthly' } },
      { kind: 'downgrade', effectiveOn: '2027-04-30', credit: eur(0), charge: eur(0), due: eur(0), toBalance: eur(0) },
    ],
    [
      'down now, as staff allow: the rest goes to the balance',
      { wanted: { price: eur(500), cycle: 'monthly' }, cheaperNow: true },
      {
        kind: 'downgrade',
        effectiveOn: '2027-04-15',
        credit: eur(-500),
        charge: eur(250),
        due: eur(0),
        toBalance: eur(250),
      },
    ],
    [
      'another cycle begins a term and gives back the rest of the old one',
      { wanted: { price: eur(10_000), cycle: 'yearly' } },
      {
        kind: 'downgrade',
        effectiveOn: '2027-04-15',
        credit: eur(-500),
        charge: eur(10_000),
        due: eur(9_500),
        periodStart: '2027-04-15',
        paidThrough: '2028-04-15',
        anchorDay: 15,
      },
    ],
    [
      'a new term by the product’s mode, at full price',
      { mode: 'new_term' },
      { charge: eur(2_500), due: eur(2_000), periodStart: '2027-04-15', paidThrough: '2027-05-15' },
    ],
    [
      'with the next period, by the product’s mode',
      { mode: 'at_renewal' },
      { kind: 'upgrade', effectiveOn: '2027-04-30', due: eur(0) },
    ],
    [
      'on the first day all of it is left',
      { asOf: new Date('2027-03-31T00:00:00Z') },
      { credit: eur(-1_000), charge: eur(2_500) },
    ],
    [
      'on the last day one is left',
      { asOf: new Date('2027-04-29T23:59:59Z') },
      { credit: eur(-33), charge: eur(83), due: eur(50) },
    ],
    [
      'the day is the billing zone’s',
      { asOf: new Date('2027-04-14T22:30:00Z'), zone: 'Europe/Berlin' },
      { effectiveOn: '2027-04-15', due: eur(750) },
    ],
    [
      'what was invoiced counts, not the list price: a discount is not given back',
      { now: { ...april, lines: [line(600, '2027-03-31', '2027-04-30')] } },
      { credit: eur(-300), charge: eur(1_250), due: eur(950) },
    ],
    [
      'what was given back already is not given back again',
      { now: { ...april, lines: [line(1_000, '2027-03-31', '2027-04-30', 800)] } },
      { credit: eur(-200), charge: eur(1_250), due: eur(1_050) },
    ],
    [
      'the same price is no loss',
      { wanted: { price: eur(1_000), cycle: 'monthly' } },
      { kind: 'upgrade', due: eur(0), toBalance: eur(0) },
    ],
  ])('%s', (_because, changed, shown) => {
    expect(quotePlanChange(wish(changed))).toMatchObject(shown);
  });

  it('to another currency is refused', () => {
    expect(() => quotePlanChange(wish({ wanted: { price: money(2_500, 'USD'), cycle: 'monthly' } }))).toThrow('USD');
  });

  it('chained back to where it began costs nothing, to one minor unit a change', () => {
    const price = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(
        price,
        fc.array(price, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 29 }),
        (first, others, day) => {
          const today = addDays('2027-03-31', day);
          const asOf = new Date(`${today}T12:00:00Z`);
          let lines = [line(first, '2027-03-31', '2027-04-30')];
          let price = eur(first);
          let paid = 0;
          for (const next of [...others, first]) {
            const quote = quotePlanChange(
              wish({
                asOf,
                now: { ...april, price, lines },
                wanted: { price: eur(next), cycle: 'monthly' },
                cheaperNow: true,
              }),
            );
            paid += quote.due.minor - quote.toBalance.minor;
            price = eur(next);
            // All that was left was given back; the new line is what is left now.
            lines = [line(quote.charge.minor, today, '2027-04-30')];
          }
          expect(Math.abs(paid)).toBeLessThanOrEqual(others.length + 1);
        },
      ),
    );
  });
});

describe('a cancellation', () => {
  const cancelOn = (day: string, to: 'none' | 'credit_balance' | 'refund' = 'credit_balance') =>
    quoteCancellation(april.lines, new Date(`${day}T12:00:00Z`), 'UTC', to, 'EUR');

  it.each([
    ['2027-04-15', 467, 'its own day is used: 14 of 30 are left'],
    ['2027-03-31', 967, 'on the first day'],
    ['2027-04-29', 0, 'on the last day'],
    ['2027-05-15', 0, 'after the end'],
  ])('on %s gives back %i: %s', (day, minor) => {
    expect(cancelOn(day)).toEqual(eur(minor));
  });

  it('gives nothing back where that is the policy', () => {
    expect(cancelOn('2027-04-15', 'none')).toEqual(eur(0));
  });

  it('gives back at most what was paid, whenever it comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 60 }), (minor, day) => {
        const on = addDays('2027-03-31', day);
        const back = quoteCancellation(
          [line(minor, '2027-03-31', '2027-04-30')],
          new Date(`${on}T00:00:00Z`),
          'UTC',
          'refund',
          'EUR',
        );
        expect(back.minor).toBeGreaterThanOrEqual(0);
        expect(back.minor).toBeLessThanOrEqual((minor * Math.max(0, 30 - day)) / 30 + 1);
        expect(daysBetween('2027-03-31', on)).toBe(day);
      }),
    );
  });
});
