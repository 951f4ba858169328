/**
 * Calendar days without a clock: `YYYY-MM-DD`, years 1 to 9999, proleptic Gregorian. Due dates and periods are
 * such days; an instant comes in or goes out only together with the IANA zone that turns one into the other.
 * Pure, and without anything from Node, so that workflows may use it.
 */
/** What one period lasts. */
export const CYCLES = [
  'weekly',
  'monthly',
  'quarterly',
  'half_yearly',
  'yearly',
  'two_yearly',
  'three_yearly',
] as const;
export type Cycle = (typeof CYCLES)[number];

/** For what one price pays: a period, or everything, once and for all. */
export const BILLING_CYCLES = [...CYCLES, 'one_time'] as const;
export type BillingCycle = (typeof BILLING_CYCLES)[number];

/** As mails, invoices and commands say it: "Starter, half-yearly". */
export const CYCLE_TEXT: Record<BillingCycle, string> = {
  weekly: 'weekly',
  monthly: 'monthly',
  quarterly: 'quarterly',
  half_yearly: 'half-yearly',
  yearly: 'yearly',
  two_yearly: 'every two years',
  three_yearly: 'every three years',
  one_time: 'paid once',
};

const MONTHS: Record<Exclude<Cycle, 'weekly'>, number> = {
  monthly: 1,
  quarterly: 3,
  half_yearly: 6,
  yearly: 12,
  two_yearly: 24,
  three_yearly: 36,
};
const WEEK_DAYS = 7;

interface Day {
  year: number;
  month: number;
  day: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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
 * Weeks have no anchor: they follow one another.
 * @param anchorDay  1 to 31; a shorter month uses its last day
 * @param start      start of a period, so a day that the anchor gives in its month
 * @param k          whole periods from `start`, back when negative
 */
export function addCycle(anchorDay: number, start: string, cycle: Cycle, k: number): string {
  const from = parse(start);
  if (!Number.isInteger(anchorDay) || anchorDay < 1 || anchorDay > 31) {
    throw new RangeError(`${anchorDay} is not a day of a month`);
  }
  if (!Number.isSafeInteger(k)) throw new RangeError(`${k} is not a whole number of periods`);
  if (cycle === 'weekly') return addDays(start, k * WEEK_DAYS);
  if (from.day !== clamp(anchorDay, from)) {
    throw new RangeError(`${start} does not start a period whose anchor is day ${anchorDay}`);
  }
  const months = from.year * 12 + (from.month - 1) + k * MONTHS[cycle];
  const to = { year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1 };
  return print({ ...to, day: clamp(anchorDay, to) });
}

/** @returns the first day that is not paid for; null where all days are */
export const paidThroughOf = (start: string, anchorDay: number, cycle: BillingCycle): string | null =>
  cycle === 'one_time' ? null : periodEnd(start, anchorDay, cycle);

/** @returns the first day that the period starting on `start` does not cover */
export const periodEnd = (start: string, anchorDay: number, cycle: Cycle): string =>
  addCycle(anchorDay, start, cycle, 1);

/** @param days  whole days later, earlier when negative */
export function addDays(date: string, days: number): string {
  if (!Number.isSafeInteger(days)) throw new RangeError(`${days} is not a whole number of days`);
  const { year, month, day } = parse(date);
  const to = new Date(utcMs({ year, month, day }) + days * DAY);
  return print({ year: to.getUTCFullYear(), month: to.getUTCMonth() + 1, day: to.getUTCDate() });
}

/** @returns whole days from one day to another, negative when it is earlier */
export const daysBetween = (from: string, to: string): number => (utcMs(parse(to)) - utcMs(parse(from))) / DAY;

/** @returns 1 for Monday to 7 for Sunday, as ISO 8601 counts them */
export const weekdayOf = (date: string): number => new Date(utcMs(parse(date))).getUTCDay() || 7;

/** @returns the anchor's day in the month of a day; a shorter month uses its last */
export function anchorIn(date: string, anchorDay: number): string {
  const { year, month } = parse(date);
  return print({ year, month, day: clamp(anchorDay, { year, month }) });
}

/** @returns the later of two days */
export const laterDay = (a: string, b: string): string => (a > b ? a : b);

/**
 * The first instant of a day in a zone. Where clocks skip midnight it is the moment they skip to; where midnight
 * comes twice it is the first; a day that a zone skipped whole starts when the next one does.
 */
export const startOfDay = (date: string, zone: string): Date => localInstant(date, '00:00', zone);

/**
 * When clocks in the zone show a time on a day. A time that they skip is the moment they skip to; of one that comes twice,
 * the first. Source: automation-defaults, section 9.
 * @param time  `HH:MM`, 00:00 to 23:59
 */
export function localInstant(date: string, time: string, zone: string): Date {
  const local = utcMs(parse(date)) + minutesOf(time) * MINUTE;
  // The offsets in force around it; zones lie within 16 hours of UTC.
  const offsets = [-30, 0, 30].map((hours) => localMs(local + hours * HOUR, zone) - (local + hours * HOUR));
  const instants = offsets.map((offset) => local - offset).filter((ms) => localMs(ms, zone) === local);
  if (instants.length > 0) return new Date(Math.min(...instants));

  // No clock shows this time: find where they skip it.
  let before = local - 30 * HOUR;
  let after = local + 30 * HOUR;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localMs(middle, zone) < local) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/** @returns `HH:MM` that clocks in the zone show at an instant */
export const localTime = (instant: Date, zone: string): string =>
  new Date(localMs(instant.getTime(), zone)).toISOString().slice(11, 16);

/** @returns minutes since midnight. @throws RangeError on anything but `HH:MM` */
export function minutesOf(time: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined) throw new RangeError(`"${time}" is not a time such as 09:30`);
  return Number(hours) * 60 + Number(minutes);
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
