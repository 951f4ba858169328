/**
 * Calendar days without a clock: `YYYY-MM-DD`, years 1 to 9999, proleptic Gregorian. Due dates and periods are
 * such days; an instant comes in or goes out only together with the IANA zone that turns one into the other.
 * Pure, and without anything from Node, so that workflows may use it.
 */
export type Cycle = 'monthly' | 'yearly';

interface Day {
  year: number;
  month: number;
  day: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** @returns the day it is in the zone at that instant. @throws RangeError on an unknown zone or an invalid instant */
export function civilDate(instant: Date, zone: string): string {
  return new Date(localMs(instant.getTime(), zone)).toISOString().slice(0, 10);
}

/**
 * "2026-12-03 19:37 Europe/Berlin": the one way people see an instant in mails, commands and texts of ours.
 * @throws RangeError on an unknown zone or an invalid instant
 */
export function describeInstant(instant: Date, zone = 'UTC'): string {
  const [day, time] = new Date(localMs(instant.getTime(), zone)).toISOString().split('T');
  return `${day} ${time!.slice(0, 5)} ${zone}`;
}

/**
 * The start of period k, counted from the anchor and never from the period before, so that it does not drift:
 * anchor 31 gives 31 Jan, 28 Feb, 31 Mar; a year from 29 Feb is 28 Feb, and 29 Feb again in the next leap year.
 * @param anchorDay  1 to 31; a shorter month uses its last day
 * @param start      start of a period, so a day that the anchor gives in its month
 * @param k          whole periods from `start`, back when negative
 */
export function addCycle(anchorDay: number, start: string, cycle: Cycle, k: number): string {
  const from = parse(start);
  if (!Number.isInteger(anchorDay) || anchorDay < 1 || anchorDay > 31) {
    throw new RangeError(`${anchorDay} is not a day of a month`);
  }
  if (from.day !== clamp(anchorDay, from)) {
    throw new RangeError(`${start} does not start a period whose anchor is day ${anchorDay}`);
  }
  if (!Number.isSafeInteger(k)) throw new RangeError(`${k} is not a whole number of periods`);
  const months = from.year * 12 + (from.month - 1) + k * (cycle === 'monthly' ? 1 : 12);
  const to = { year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1 };
  return print({ ...to, day: clamp(anchorDay, to) });
}

/** @returns the first day that the period starting on `start` does not cover */
export const periodEnd = (start: string, anchorDay: number, cycle: Cycle): string =>
  addCycle(anchorDay, start, cycle, 1);

/**
 * The first instant of a day in a zone. Where clocks skip midnight it is the moment they skip to; where midnight
 * comes twice it is the first; a day that a zone skipped whole starts when the next one does.
 */
export function startOfDay(date: string, zone: string): Date {
  const midnight = utcMs(parse(date));
  // The offsets in force around the day; zones lie within 16 hours of UTC.
  const offsets = [-30, 0, 30].map((hours) => localMs(midnight + hours * HOUR, zone) - (midnight + hours * HOUR));
  const midnights = offsets.map((offset) => midnight - offset).filter((ms) => localMs(ms, zone) === midnight);
  if (midnights.length > 0) return new Date(Math.min(...midnights));

  // No clock shows this midnight: find where they skip it.
  let before = midnight - 30 * HOUR;
  let after = midnight + 30 * HOUR;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localMs(middle, zone) < midnight) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/** What clocks in the zone show at an instant, written as if it were UTC. */
function localMs(ms: number, zone: string): number {
  if (!Number.isFinite(ms)) throw new RangeError('The instant is not a valid date');
  const at: Record<string, string> = {};
  for (const { type, value } of clockOf(zone).formatToParts(ms)) at[type] = value;
  const day = { year: Number(at['year']), month: Number(at['month']), day: Number(at['day']) };
  if (at['era'] !== 'AD') throw new RangeError(`${ms} ms lies before year 1`);
  const seconds = (Number(at['hour']) * 60 + Number(at['minute'])) * 60 + Number(at['second']);
  return utcMs(day) + seconds * 1_000 + (((ms % 1_000) + 1_000) % 1_000);
}

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Making one takes far longer than asking one. */
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(zone, clock);
  }
  return clock;
}

function parse(date: string): Day {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const [year, month, day] = (match ?? []).slice(1).map(Number) as [number, number, number];
  if (!match || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn({ year, month })) {
    throw new RangeError(`"${date}" is not a day such as 2027-01-31`);
  }
  return { year, month, day };
}

function print({ year, month, day }: Day): string {
  if (year < 1 || year > 9_999) throw new RangeError(`Year ${year} is outside the calendar`);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** `Date.UTC` takes the years 0 to 99 for the 1900s; this does not. */
const utcMs = ({ year, month, day }: Day): number => new Date(0).setUTCFullYear(year, month - 1, day);

const clamp = (anchorDay: number, month: { year: number; month: number }): number => Math.min(anchorDay, daysIn(month));

function daysIn({ year, month }: { year: number; month: number }): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
