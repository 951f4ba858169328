import { addDays, daysBetween, localInstant } from '#domain/calendar/civil-dates.ts';
import type { CollectionCase } from './case.ts';

export const HOUR = 3_600_000;

/** A planned day and time, moved by the holds that pause the case. @returns nothing while one has no end */
export function moved(of: CollectionCase, day: string, time: string): Date | undefined {
  let on = day;
  for (const { stops, from, until } of of.holds.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    if (stops !== 'case' || on < from) continue;
    if (until === null) return undefined;
    on = addDays(on, Math.max(0, daysBetween(from, until)));
  }
  return localInstant(on, time, of.zone);
}

export const latest = (a: Date, b: Date): Date => (a.getTime() >= b.getTime() ? a : b);

/** Of what should have happened already only the newest is left; what is to come stays. */
export function newestOfMissed<Step extends { at: Date }>(steps: readonly Step[], asOf: Date): Step[] {
  const inOrder = steps.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const missed = inOrder.filter(({ at }) => at.getTime() <= asOf.getTime());
  return [...missed.slice(-1), ...inOrder.slice(missed.length)];
}
