import { civilDate, startOfDay } from '#domain/calendar/civil-dates.ts';
import type { Expectation, Happening } from './checkers/happening.ts';

const DAY = 24 * 3_600_000;
const MINUTE = 60_000;

/** So many civil days later. */
export const daysAfter = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY).toISOString().slice(0, 10);

/**
 * @param when  `2031-11-21 10:00`, counted from the start of the day, or `2031-11-21` for the end of the day: its last minute, so that what a test does
 * there still belongs to it
 */
export function instantOf(when: string, zone: string): number {
  const [, day, hour, minute] = /^(\d{4}-\d\d-\d\d)(?: (\d\d):(\d\d))?$/.exec(when) ?? [];
  if (!day) throw new Error(`"${when}" is neither a day, 2031-11-21, nor an hour of one, 2031-11-21 10:00.`);
  if (hour === undefined) return startOfDay(daysAfter(day, 1), zone).getTime() - MINUTE;
  return startOfDay(day, zone).getTime() + (Number(hour) * 60 + Number(minute)) * MINUTE;
}

export interface DaysWalked {
  zone: string;
  /** The day of the stop; on the days before it nothing was to happen. */
  day: string;
  expected: Expectation[];
  /** Since the last stop, oldest first. */
  happened: Happening[];
  /** How a customer is called in the message. */
  nameOf: (customerId: string | null) => string;
}

/** @throws Error that shows every day on which something else happened than was said */
export function compareDays({ zone, day, expected, happened, nameOf }: DaysWalked): void {
  const dayOf = ({ at }: Happening) => civilDate(at, zone);
  const days = [...new Set([...happened.map(dayOf), day])].sort();
  const wrong = days.flatMap((each) => {
    const differences = compareDay(
      each === day ? expected : [],
      happened.filter((happening) => dayOf(happening) === each),
      { zone, nameOf },
    );
    return differences.length > 0 ? [`${weekdayOf(each)} ${each}`, ...differences] : [];
  });
  if (wrong.length > 0) throw new Error(`The calendar does not go as told.\n\n${wrong.join('\n')}\n`);
}

function compareDay(
  expected: Expectation[],
  happened: Happening[],
  { zone, nameOf }: Pick<DaysWalked, 'zone' | 'nameOf'>,
): string[] {
  const hourOf = (at: Date) => at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone });
  const subject = ({ aspect, customerId }: { aspect: string; customerId: string | null }) => `${aspect}/${customerId}`;
  // As the story tells them, then what it does not tell: the same order in every run.
  const subjects = new Map([...expected, ...happened].map((each) => [subject(each), each]));
  return [...subjects].flatMap(([key, { aspect, customerId }]) => {
    const asked = expected.filter((each) => subject(each) === key);
    const texts = asked.flatMap((each) => each.texts);
    const facts = happened.filter((each) => subject(each) === key);
    // What is compared only where a story asks for it.
    if (asked.length === 0 && facts.every(({ optional }) => optional)) return [];
    if (texts.length === facts.length && facts.every(({ text }, i) => text === texts[i])) return [];
    const name = nameOf(customerId);
    return [
      `  ${aspect}${name && ` of ${name}`}`,
      `    expected  ${listed(texts)}`,
      `    happened  ${listed(facts.map(({ at, text }) => `${hourOf(at)} ${text}`))}`,
    ];
  });
}

const SHOWN = 12;
const listed = (lines: string[]): string => {
  const more = lines.length > SHOWN ? [`… ${lines.length} in all`] : [];
  return [...lines.slice(0, SHOWN), ...more].join('\n              ') || 'nothing';
};

const weekdayOf = (day: string) =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
