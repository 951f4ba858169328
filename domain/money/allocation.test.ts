import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allocate, type Allocation, type Arrival, type InvoiceToPay } from './allocation.ts';
import type { Money } from './money.ts';

const EUR = (minor: number): Money => ({ minor, currency: 'EUR' });
const USD = (minor: number): Money => ({ minor, currency: 'USD' });
const noon = new Date('2026-11-21T12:00:00Z');
const hoursBefore = (hours: number, ms = 0) => new Date(noon.getTime() - hours * 3_600_000 - ms);

const arrival = (amount: Money, more: Partial<Arrival> = {}): Arrival => ({
  amount,
  isCredit: false,
  isAccepted: false,
  isUnattended: false,
  at: noon,
  ...more,
});
const open: InvoiceToPay = { status: 'open', owed: EUR(2_900) };
const paid = (firstPaidAt: Date): InvoiceToPay => ({ status: 'paid', owed: EUR(0), firstPaidAt });

/** As a sentence: `gateway → invoices 2900 EUR`. */
const movements = ({ parts }: Allocation) =>
  parts.map(({ from, for: to, amount, key }) => `${from} → ${to} ${amount.minor} ${amount.currency}${key}`);
const told = (allocation: Allocation) => {
  const { outcome, paidMinor, givenUpMinor, isRefunded, task } = allocation;
  return { outcome, moves: movements(allocation), paidMinor, givenUpMinor, isRefunded, task };
};
const nothing = { paidMinor: 0, givenUpMinor: 0, isRefunded: false, task: null };

interface Case {
  because: string;
  of: Arrival;
  invoice: InvoiceToPay | null;
  is: Partial<ReturnType<typeof told>>;
}

const cases: Case[] = [
  {
    because: 'what is owed pays it',
    of: arrival(EUR(2_900)),
    invoice: open,
    is: { outcome: 'allocated', moves: ['gateway → invoices 2900 EUR'], paidMinor: 2_900 },
  },
  {
    because: 'less than is owed pays nothing by itself: a person decides, and it is credit meanwhile',
    of: arrival(EUR(1_000)),
    invoice: open,
    is: { outcome: 'mismatch', moves: ['gateway → credit_balance 1000 EUR'] },
  },
  {
    because: 'more than is owed neither, as nobody knows what the rest is for',
    of: arrival(EUR(5_000)),
    invoice: open,
    is: { outcome: 'mismatch', moves: ['gateway → credit_balance 5000 EUR'] },
  },
  {
    because: 'the same number in another currency is another amount',
    of: arrival(USD(2_900)),
    invoice: open,
    is: { outcome: 'mismatch', moves: ['gateway → credit_balance 2900 USD'] },
  },
  {
    because: 'too little that was credit and is accepted pays in full: the rest is given up',
    of: arrival(EUR(1_000), { isCredit: true, isAccepted: true }),
    invoice: open,
    is: {
      outcome: 'allocated',
      moves: ['credit_balance → invoices 1000 EUR/accepted'],
      paidMinor: 1_000,
      givenUpMinor: 1_900,
    },
  },
  {
    because: 'too much that was credit and is accepted pays it, and what is over stays the credit it is',
    of: arrival(EUR(5_000), { isCredit: true, isAccepted: true }),
    invoice: open,
    is: { outcome: 'allocated', moves: ['credit_balance → invoices 2900 EUR/accepted'], paidMinor: 2_900 },
  },
  {
    because: 'too much that is accepted before it was booked becomes payment and credit at once',
    of: arrival(EUR(5_000), { isAccepted: true }),
    invoice: open,
    is: {
      outcome: 'allocated',
      moves: ['gateway → invoices 2900 EUR', 'gateway → credit_balance 2100 EUR/surplus'],
      paidMinor: 2_900,
    },
  },
  {
    because: 'another currency cannot be accepted: what it is worth nobody has said, and it is credit already',
    of: arrival(USD(2_900), { isCredit: true, isAccepted: true }),
    invoice: open,
    is: { outcome: 'mismatch', moves: [] },
  },
  {
    because: 'with no workflow to go on, staff hear of money that pays',
    of: arrival(EUR(2_900), { isUnattended: true }),
    invoice: open,
    is: {
      outcome: 'allocated',
      moves: ['gateway → invoices 2900 EUR'],
      paidMinor: 2_900,
      task: 'unattended_payment',
    },
  },
  {
    because: 'with no workflow to ask, staff hear of money that does not fit',
    of: arrival(EUR(1_000), { isUnattended: true }),
    invoice: open,
    is: { outcome: 'mismatch', moves: ['gateway → credit_balance 1000 EUR'], task: 'unattended_payment' },
  },
  {
    because: 'a second payment on the same day goes back',
    of: arrival(EUR(2_900)),
    invoice: paid(hoursBefore(3)),
    is: {
      outcome: 'duplicate',
      moves: ['gateway → credit_balance 2900 EUR'],
      isRefunded: true,
      task: 'duplicate_payment',
    },
  },
  {
    because: 'to the very end of 24 hours',
    of: arrival(EUR(2_900)),
    invoice: paid(hoursBefore(24)),
    is: {
      outcome: 'duplicate',
      moves: ['gateway → credit_balance 2900 EUR'],
      isRefunded: true,
      task: 'duplicate_payment',
    },
  },
  {
    because: 'later it is credit, and a person decides',
    of: arrival(EUR(2_900)),
    invoice: paid(hoursBefore(24, 1)),
    is: { outcome: 'duplicate', moves: ['gateway → credit_balance 2900 EUR'], task: 'duplicate_payment' },
  },
  {
    because: 'an invoice that was credited away was paid by nobody, so nothing goes back by itself',
    of: arrival(EUR(2_900)),
    invoice: { status: 'paid', owed: EUR(0), firstPaidAt: null },
    is: { outcome: 'duplicate', moves: ['gateway → credit_balance 2900 EUR'], task: 'duplicate_payment' },
  },
  {
    because: 'a void invoice takes no money, also not the right amount',
    of: arrival(EUR(2_900)),
    invoice: { ...open, status: 'void' },
    is: { outcome: 'credited', moves: ['gateway → credit_balance 2900 EUR'], task: 'late_money' },
  },
  {
    because: 'neither does one that was given up',
    of: arrival(EUR(2_900), { isUnattended: true }),
    invoice: { ...open, status: 'uncollectible' },
    is: { outcome: 'credited', moves: ['gateway → credit_balance 2900 EUR'], task: 'late_money' },
  },
  {
    because: 'what was credit when its invoice became void is not moved again',
    of: arrival(EUR(1_000), { isCredit: true, isAccepted: true }),
    invoice: { ...open, status: 'void' },
    is: { outcome: 'credited', moves: [], task: 'late_money' },
  },
  {
    because: 'of no invoice of ours it is kept apart: nobody knows whose it is',
    of: arrival(EUR(700)),
    invoice: null,
    is: { outcome: 'credited', moves: ['gateway → unmatched 700 EUR'], task: 'late_money' },
  },
];

describe('what becomes of money that arrives for EUR 29.00', () => {
  it.each(cases)('$because', ({ of, invoice, is }) => {
    expect(told(allocate(of, invoice))).toEqual({ ...nothing, ...is });
  });

  it('never loses or makes a cent', () => {
    const arrivals = fc.record({
      amount: fc.record({ minor: fc.integer({ min: 1, max: 10_000 }), currency: fc.constantFrom('EUR', 'USD') }),
      isCredit: fc.boolean(),
      isAccepted: fc.boolean(),
      isUnattended: fc.boolean(),
      at: fc.constant(noon),
    });
    const invoices = fc.record({
      status: fc.constantFrom('open' as const, 'paid' as const, 'void' as const, 'uncollectible' as const),
      owed: fc.integer({ min: 1, max: 10_000 }).map(EUR),
    });
    fc.assert(
      fc.property(arrivals, fc.option(invoices), (of, invoice) => {
        const { parts, paidMinor, givenUpMinor, outcome } = allocate(of, invoice);
        const moved = (from: string) =>
          parts.filter((part) => part.from === from).reduce((total, { amount }) => total + amount.minor, 0);
        // All that is new leaves the gateway; credit gives exactly what it pays.
        expect(moved('gateway')).toBe(of.isCredit ? 0 : of.amount.minor);
        expect(moved('credit_balance')).toBe(of.isCredit ? paidMinor : 0);
        expect(paidMinor + givenUpMinor).toBe(outcome === 'allocated' ? invoice!.owed.minor : 0);
        expect(parts.every(({ amount }) => amount.minor > 0 && amount.currency === of.amount.currency)).toBe(true);
        expect(new Set(parts.map(({ key }) => key)).size).toBe(parts.length);
      }),
    );
  });
});
