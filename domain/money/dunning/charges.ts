import { addDays, civilDate, daysBetween, laterDay } from '#domain/calendar/civil-dates.ts';
import { overdueOf } from '#domain/policies/policy.ts';
import type { CollectionCase } from './case.ts';
import { HOUR, moved, newestOfMissed } from './moved-days.ts';
import type { CollectionStep } from './steps.ts';

interface Planned {
  step: number;
  day: string;
  time: string;
}

/** The charges of the calendar, the first on the due date. */
export function plannedCharges(of: CollectionCase): Planned[] {
  const { retryDays } = overdueOf(of.policy, of.cycle);
  const first = of.method?.isSlow ? -of.policy.slowMethodLeadDays : 0;
  const { chargeTimes } = of.policy;
  return [first, ...retryDays].map((days, step) => ({
    step,
    // An invoice that is issued late is charged when it is there.
    day: laterDay(of.issuedOn, addDays(of.dueOn, days)),
    time: chargeTimes[Math.min(step, chargeTimes.length - 1)]!,
  }));
}

/** The tries that are left, if each is declined softly. */
export function charges(of: CollectionCase, asOf: Date): CollectionStep[] {
  const { method, tries, policy } = of;
  if (!method || isUnderWay(of, asOf) || isBlocked(of, method.id)) return [];
  const declines = tries.filter(({ outcome }) => outcome === 'declined');
  if (declines.length >= policy.maxDeclines) return [];
  const firstDay = declines[0] ? civilDate(declines[0].at, of.zone) : undefined;
  const lastStep = Math.max(-1, ...tries.map(({ step }) => step ?? -1));
  const lastTry = tries.at(-1);
  const open = plannedCharges(of)
    .filter(({ step }) => step > lastStep)
    .filter(({ day }) => !firstDay || daysBetween(firstDay, day) <= policy.maxTryDays)
    .flatMap((planned) => {
      const at = moved(of, planned.day, planned.time);
      if (!at) return [];
      const soonest = lastTry ? lastTry.at.getTime() + policy.tryDistanceHours * HOUR : 0;
      return [{ ...planned, at: new Date(Math.max(at.getTime(), soonest)) }];
    });
  return newestOfMissed(open, asOf)
    .slice(0, policy.maxDeclines - declines.length)
    .map(({ step, at }) => ({
      do: 'charge',
      step,
      at,
      because:
        step === 0
          ? 'the invoice is due'
          : `try ${step + 1}, ${daysBetween(of.dueOn, civilDate(at, of.zone))} days after the due date`,
    }));
}

/** A payment that is on its way, or of which nobody knows: nothing else is tried, and nobody is warned. */
export function isUnderWay({ tries, policy }: CollectionCase, asOf: Date): boolean {
  return tries.some(
    ({ outcome, at }) =>
      outcome === 'unknown' ||
      (outcome === 'pending' && asOf.getTime() < at.getTime() + policy.pendingPauseDays * 24 * HOUR),
  );
}

/** Whatever its owner must change first. */
const isBlocked = ({ tries }: CollectionCase, methodId: string): boolean =>
  tries.some((one) => one.methodId === methodId && one.outcome === 'declined' && one.declineClass !== 'soft');
