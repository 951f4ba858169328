import type { Policy } from './policy.ts';
import { addDays, civilDate, localInstant, minutesOf, weekdayOf } from '../calendar/civil-dates.ts';

/** When consequences may fire, in the brand's zone. */
export type ActionWindow = Policy['window'];

/** Longer than any run of holidays; a window that is closed for so long is a mistake. */
const LOOK_AHEAD_DAYS = 366;

/** @returns why a window cannot be, or nothing */
export function windowFault({ days, at }: ActionWindow): string | undefined {
  const open = Object.entries(days);
  if (open.length === 0) return 'is closed on every day';
  for (const [day, { from, to }] of open) {
    if (!/^[1-7]$/.test(day)) return `"${day}" is no weekday from 1 (Monday) to 7 (Sunday)`;
    if (minutesOf(from) >= minutesOf(to)) return `ends on day ${day} before it begins`;
  }
  // What is no time is told by the one who reads it.
  minutesOf(at);
  return undefined;
}

/**
 * The first instant from `notBefore` on at which a consequence may fire: on a day that is open, at the time of day of the
 * window, or as soon after it as the window is open. Later than planned, never earlier.
 */
export function inWindow(notBefore: Date, window: ActionWindow, zone: string): Date {
  const day = civilDate(notBefore, zone);
  for (let i = 0; i <= LOOK_AHEAD_DAYS; i += 1) {
    const date = addDays(day, i);
    const open = hoursOn(date, window);
    if (!open) continue;
    const at = minutesOf(window.at) > minutesOf(open.from) ? window.at : open.from;
    const fires =
      minutesOf(at) < minutesOf(open.to) ? localInstant(date, at, zone) : localInstant(date, open.from, zone);
    const end = localInstant(date, open.to, zone);
    const chosen = fires.getTime() >= notBefore.getTime() ? fires : notBefore;
    if (chosen.getTime() < end.getTime()) return chosen;
  }
  throw new RangeError(`The window for consequences is closed for ${LOOK_AHEAD_DAYS} days from ${day}`);
}

const hoursOn = (date: string, { days, holidays }: ActionWindow) =>
  holidays.includes(date) ? undefined : days[String(weekdayOf(date))];

/** @returns when the window that is open at an instant closes; nothing when it is closed */
export function openUntil(at: Date, window: ActionWindow, zone: string): Date | undefined {
  const date = civilDate(at, zone);
  const open = hoursOn(date, window);
  if (!open) return undefined;
  const [from, to] = [localInstant(date, open.from, zone), localInstant(date, open.to, zone)];
  return at.getTime() >= from.getTime() && at.getTime() < to.getTime() ? to : undefined;
}

/**
 * Spreads steps that are due at the same moment over what is left of the window, so that a node is not met by all of them.
 * @param rank  0 to `many` − 1, of this step among those
 */
export function spreadOver(from: Date, until: Date, rank: number, many: number): Date {
  if (many <= 1) return from;
  const span = until.getTime() - from.getTime();
  return new Date(from.getTime() + Math.floor((span * rank) / many));
}
