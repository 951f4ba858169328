import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isFullRun } from '../testing/sampled.ts';
import {
  addCycle,
  addDays,
  civilDate,
  CYCLES,
  daysBetween,
  describeInstant,
  localInstant,
  localTime,
  periodEnd,
  startOfDay,
  weekdayOf,
  type Cycle,
} from './civil-dates.ts';

/** Long enough to meet every kind of leap year. */
const YEARS = 400;
const HOUR = 3_600_000;
const PER_YEAR: Record<Cycle, number> = {
  // As many as a year is asked about.
  weekly: 4,
  monthly: 12,
  quarterly: 4,
  half_yearly: 2,
  yearly: 1,
  two_yearly: 1 / 2,
  three_yearly: 1 / 3,
};
const zones = Intl.supportedValuesOf('timeZone');

const zone = fc.constantFrom(...zones, 'UTC');
const day = fc
  .integer({ min: Date.UTC(1970, 0, 2), max: Date.UTC(2399, 11, 31) })
  .map((ms) => new Date(ms).toISOString().slice(0, 10));

describe('the day it is', () => {
  it.each([
    ['2026-12-31T23:30:00Z', 'UTC', '2026-12-31', 'UTC is UTC'],
    ['2026-12-31T23:30:00Z', 'Europe/Berlin', '2027-01-01', 'the new year comes an hour earlier'],
    ['2027-01-01T04:59:59.999Z', 'America/New_York', '2026-12-31', 'the last millisecond of the year before'],
    ['2027-01-01T05:00:00Z', 'America/New_York', '2027-01-01', 'the first instant of the year'],
    ['2026-06-30T10:00:00Z', 'Pacific/Kiritimati', '2026-07-01', 'fourteen hours ahead'],
    ['2026-06-30T10:00:00Z', 'Pacific/Pago_Pago', '2026-06-29', 'eleven hours behind'],
    ['2026-06-30T18:15:00Z', 'Asia/Kathmandu', '2026-07-01', 'an offset of 5:45'],
  ])('%s in %s is %s: %s', (instant, where, expected) => {
    expect(civilDate(new Date(instant), where)).toBe(expected);
  });

  it('is told in the same words whatever the instant, also before 1970 and in year 1', () => {
    expect(civilDate(new Date('1969-12-31T23:59:59.999Z'), 'UTC')).toBe('1969-12-31');
    expect(civilDate(new Date('0001-01-01T12:00:00Z'), 'UTC')).toBe('0001-01-01');
  });

  it('names an unknown zone and an invalid instant', () => {
    expect(() => civilDate(new Date(0), 'Europe/Atlantis')).toThrow('Europe/Atlantis');
    expect(() => civilDate(new Date(Number.NaN), 'UTC')).toThrow('not a valid date');
    expect(() => civilDate(new Date('0000-12-31T12:00:00Z'), 'UTC')).toThrow('before year 1');
  });
});

it.each([
  { at: '2026-12-03T18:37:42Z', zone: undefined, text: '2026-12-03 18:37 UTC' },
  { at: '2026-12-03T23:37:00Z', zone: 'Europe/Berlin', text: '2026-12-04 00:37 Europe/Berlin' },
  { at: '2026-07-03T18:37:00Z', zone: 'America/New_York', text: '2026-07-03 14:37 America/New_York' },
])('people read $at with its zone, as $text', ({ at, zone: where, text }) => {
  expect(describeInstant(new Date(at), where)).toBe(text);
});

describe('the next period', () => {
  it.each<[string, number, Cycle, string, string]>([
    ['2027-01-31', 31, 'monthly', '2027-02-28', 'February is shorter'],
    ['2027-02-28', 31, 'monthly', '2027-03-31', 'the anchor is 31, not the 28 before'],
    ['2027-03-31', 31, 'monthly', '2027-04-30', 'April has 30'],
    ['2027-12-31', 31, 'monthly', '2028-01-31', 'over the end of the year'],
    ['2028-01-30', 30, 'monthly', '2028-02-29', 'a leap year'],
    ['2028-02-29', 29, 'yearly', '2029-02-28', 'no 29 February'],
    ['2031-02-28', 29, 'yearly', '2032-02-29', 'it is back'],
    ['2031-02-28', 28, 'yearly', '2032-02-28', 'the anchor is 28, also in a leap year'],
    ['2096-02-29', 29, 'yearly', '2097-02-28', 'before a century'],
    ['2099-02-28', 29, 'yearly', '2100-02-28', '2100 is no leap year'],
    ['2399-02-28', 29, 'yearly', '2400-02-29', '2400 is one'],
    ['2027-06-15', 15, 'monthly', '2027-07-15', 'an ordinary day'],
    ['2027-12-28', 28, 'weekly', '2028-01-04', 'seven days, over the end of the year'],
    ['2028-02-26', 1, 'weekly', '2028-03-04', 'over a leap day; weeks have no anchor'],
    ['2027-11-30', 31, 'quarterly', '2028-02-29', 'three months later is February'],
    ['2028-02-29', 31, 'quarterly', '2028-05-31', 'and the anchor is back in May'],
    ['2027-08-31', 31, 'half_yearly', '2028-02-29', 'half a year'],
    ['2028-02-29', 29, 'two_yearly', '2030-02-28', 'no 29 February in two years'],
    ['2030-02-28', 29, 'two_yearly', '2032-02-29', 'it is back after two more'],
    ['2029-02-28', 29, 'three_yearly', '2032-02-29', 'three years'],
  ])('after %s (anchor %i, %s) starts on %s: %s', (start, anchor, cycle, end) => {
    expect(periodEnd(start, anchor, cycle)).toBe(end);
  });

  it(`never drifts: ${YEARS} years over all anchors and cycles`, () => {
    let checked = 0;
    for (const cycle of CYCLES) {
      // Monthly anchors are days of a month, the others days of a year; a leap year knows them all.
      const days = Array.from({ length: cycle === 'monthly' ? 31 : 366 }, (_, n) => addDays('2028-01-01', n));
      // Month ends are where it is hard, so they are all in the sample.
      const starts = cycle === 'monthly' ? days : days.filter((one) => isFullRun || Number(one.slice(8)) > 27);
      const periods = Math.floor(PER_YEAR[cycle] * YEARS);
      for (const start of starts) {
        const anchor = Number(start.slice(8));
        let step = start;
        for (let k = 1; k <= periods; k += 1) {
          const next = periodEnd(step, anchor, cycle);
          // Counted from the anchor and walked one by one, it is the same day; and the calendar agrees.
          if (next !== addCycle(anchor, start, cycle, k) || next !== calendarSays(start, cycle, k) || next <= step) {
            throw new Error(`${start} ${cycle} ${k}: ${next}`);
          }
          step = next;
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(31 * YEARS * 12 + (isFullRun ? 366 : 40) * 4 * YEARS);
  });

  it('goes back the way it came', () => {
    fc.assert(
      fc.property(day, fc.constantFrom<Cycle>(...CYCLES), fc.integer({ min: 0, max: 240 }), (start, cycle, k) => {
        const anchor = Number(start.slice(8));
        expect(addCycle(anchor, addCycle(anchor, start, cycle, k), cycle, -k)).toBe(start);
      }),
    );
  });

  it.each([
    ['2027-01-20', 15, 'does not start a period whose anchor is day 15'],
    ['2027-02-27', 31, 'does not start a period whose anchor is day 31'],
    ['2027-01-31', 32, '32 is not a day of a month'],
    ['2027-01-01', 0, '0 is not a day of a month'],
    ['2027-02-29', 29, '"2027-02-29" is not a day'],
    ['2027-13-01', 1, '"2027-13-01" is not a day'],
    ['2027-1-1', 1, '"2027-1-1" is not a day'],
    ['0000-01-01', 1, '"0000-01-01" is not a day'],
    ['9999-12-31', 31, 'Year 10000 is outside the calendar'],
  ])('refuses %s with anchor %d', (start, anchor, message) => {
    expect(() => periodEnd(start, anchor, 'monthly')).toThrow(message);
  });

  it('refuses half a period', () => {
    expect(() => addCycle(1, '2027-01-01', 'monthly', 0.5)).toThrow('not a whole number of periods');
  });
});

describe('the start of a day', () => {
  it.each([
    ['2027-01-31', 'UTC', '2027-01-31T00:00:00.000Z', 'UTC is UTC'],
    ['2027-01-31', 'Europe/Berlin', '2027-01-30T23:00:00.000Z', 'winter'],
    ['2027-07-31', 'Europe/Berlin', '2027-07-30T22:00:00.000Z', 'summer'],
    ['2027-03-28', 'Europe/Berlin', '2027-03-27T23:00:00.000Z', 'clocks change later that day'],
    ['2027-03-29', 'Europe/Berlin', '2027-03-28T22:00:00.000Z', 'the day before had 23 hours'],
    ['2027-10-31', 'Europe/Berlin', '2027-10-30T22:00:00.000Z', 'this day has 25 hours'],
    ['2024-09-08', 'America/Santiago', '2024-09-08T04:00:00.000Z', 'no midnight: clocks skip from 0:00 to 1:00'],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', 'no midnight either'],
    [
      '2018-02-18',
      'America/Sao_Paulo',
      '2018-02-18T03:00:00.000Z',
      'clocks fall from 0:00 to 23:00: one midnight, the later',
    ],
    ['2025-11-02', 'America/Havana', '2025-11-02T04:00:00.000Z', 'midnight twice: the first'],
    [
      '2010-11-07',
      'America/St_Johns',
      '2010-11-07T02:30:00.000Z',
      'clocks fall from 0:01 to 23:01: the first midnight',
    ],
    ['1919-03-31', 'America/Toronto', '1919-03-31T04:30:00.000Z', 'clocks skip from 23:30 to 0:30'],
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 'a day that Samoa skipped starts with the next'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 'and this is the next'],
    ['2027-01-01', 'Pacific/Kiritimati', '2026-12-31T10:00:00.000Z', 'fourteen hours ahead'],
    ['2027-01-01', 'Asia/Kathmandu', '2026-12-31T18:15:00.000Z', 'an offset of 5:45'],
  ])('%s in %s is %s: %s', (date, where, instant) => {
    expect(startOfDay(date, where).toISOString()).toBe(instant);
  });

  it('is the first instant that shows the day, in every zone', () => {
    fc.assert(
      fc.property(day, zone, (date, where) => {
        const start = startOfDay(date, where);
        // Later only for a day that a zone skipped whole when it crossed the date line.
        expect(civilDate(start, where) >= date).toBe(true);
        expect(civilDate(new Date(start.getTime() - 1), where) < date).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it(`of every period start: ${YEARS} years of anchor 31 in zones of every kind`, () => {
    const kinds = [
      'UTC',
      'Europe/Berlin',
      'America/Santiago',
      'America/Havana',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    ];
    for (const where of kinds) {
      let before = 0;
      for (let k = 0; k < YEARS * 12; k += 1) {
        const start = addCycle(31, '2027-01-31', 'monthly', k);
        const at = startOfDay(start, where);
        const days = (at.getTime() - before) / (24 * HOUR);
        if (civilDate(at, where) !== start || (before > 0 && (days < 27.9 || days > 31.1))) {
          throw new Error(`${start} in ${where} starts at ${at.toISOString()}, ${days} days after the one before`);
        }
        before = at.getTime();
      }
      expect(new Date(before).getUTCFullYear()).toBe(2027 + YEARS - 1);
    }
  });

  it('in every zone of this machine: two years of firsts', () => {
    expect(zones.length).toBeGreaterThan(300);
    for (const where of zones) {
      for (let k = 0; k < 2 * 12; k += 1) {
        const first = addCycle(1, '2024-01-01', 'monthly', k);
        if (civilDate(startOfDay(first, where), where) !== first) throw new Error(`${first} in ${where}`);
      }
    }
  });
});

/** The same question asked of the platform's own calendar: the last day of a month is the 0th of the next. */
function calendarSays(start: string, cycle: Cycle, k: number): string {
  const [year, month, anchor] = start.split('-').map(Number) as [number, number, number];
  if (cycle === 'weekly') return new Date(Date.UTC(year, month - 1, anchor + 7 * k)).toISOString().slice(0, 10);
  const m = month - 1 + Math.round((k * 12) / PER_YEAR[cycle]);
  const last = new Date(Date.UTC(year, m + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, m, Math.min(anchor, last))).toISOString().slice(0, 10);
}

describe('a time on a day', () => {
  it.each([
    ['2027-02-08', '10:00', 'Europe/Berlin', '2027-02-08T09:00:00.000Z', 'an ordinary one'],
    ['2027-03-28', '02:30', 'Europe/Berlin', '2027-03-28T01:00:00.000Z', 'it is skipped: the moment clocks skip to'],
    ['2027-10-31', '02:30', 'Europe/Berlin', '2027-10-31T00:30:00.000Z', 'it comes twice: the first'],
    ['2027-03-28', '10:00', 'Europe/Berlin', '2027-03-28T08:00:00.000Z', 'after the change'],
    ['2027-01-01', '23:59', 'Asia/Kathmandu', '2027-01-01T18:14:00.000Z', 'an offset of 5:45'],
    ['2027-10-03', '02:15', 'Australia/Lord_Howe', '2027-10-02T15:30:00.000Z', 'half an hour is skipped'],
  ])('%s %s in %s is %s: %s', (date, time, where, instant) => {
    expect(localInstant(date, time, where).toISOString()).toBe(instant);
  });

  it('is what clocks show then, or the first time after it that they show', () => {
    const times = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    fc.assert(
      fc.property(day, times, zone, (date, [hour, minute], where) => {
        const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
        const at = localInstant(date, time, where);
        const shown = `${civilDate(at, where)} ${localTime(at, where)}`;
        expect(shown >= `${date} ${time}`).toBe(true);
        const before = new Date(at.getTime() - 1);
        expect(`${civilDate(before, where)} ${localTime(before, where)}` < `${date} ${time}`).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['24:00', '9:00', '10:60', '', '10:00:00'])('"%s" is none', (time) => {
    expect(() => localInstant('2027-01-01', time, 'UTC')).toThrow('is not a time such as 09:30');
  });
});

describe('days', () => {
  it('are counted as the calendar has them, not in blocks of hours', () => {
    expect(addDays('2027-03-27', 2)).toBe('2027-03-29');
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
    expect(daysBetween('2027-01-31', '2027-03-02')).toBe(30);
    expect(daysBetween('2027-03-02', '2027-01-31')).toBe(-30);
    fc.assert(
      fc.property(day, fc.integer({ min: -40_000, max: 40_000 }), (from, days) => {
        expect(daysBetween(from, addDays(from, days))).toBe(days);
      }),
    );
  });

  it('know their weekday', () => {
    expect(['2027-02-01', '2027-02-07', '2028-02-29'].map(weekdayOf)).toEqual([1, 7, 2]);
  });
});
