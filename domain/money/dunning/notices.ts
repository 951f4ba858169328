import { addDays, civilDate } from '#domain/calendar/civil-dates.ts';
import { overdueOf } from '#domain/policies/policy.ts';
import type { CollectionCase } from './case.ts';
import { isUnderWay, plannedCharges } from './charges.ts';
import { moved, newestOfMissed } from './moved-days.ts';
import type { CollectionStep } from './steps.ts';

/** What the customer is told about the payment; what becomes of the service is told by its own steps. */
export function notices(of: CollectionCase, asOf: Date): CollectionStep[] {
  if (isUnderWay(of, asOf)) return [];
  return [...upcoming(of, asOf), ...(isSmall(of) ? [] : overdue(of, asOf))];
}

function upcoming(of: CollectionCase, asOf: Date): CollectionStep[] {
  const sent = Math.max(0, ...of.notices.filter(({ kind }) => kind === 'upcoming').map(({ ordinal }) => ordinal));
  const open = of.policy.remindBeforeDays[of.cycle]
    .toSorted((a, b) => b - a)
    .map((days, at) => ({ ordinal: at + 1, day: addDays(of.dueOn, -days), days }))
    // On the day of the invoice itself the invoice says it all; afterwards it is not upcoming any more.
    .filter(({ ordinal, day }) => ordinal > sent && day > of.issuedOn && civilDate(asOf, of.zone) < of.dueOn)
    .flatMap((one) => {
      const at = moved(of, one.day, of.policy.window.at);
      return at ? [{ ...one, at }] : [];
    });
  return newestOfMissed(open, asOf).map(({ ordinal, at, days }) => ({
    do: 'notice',
    kind: 'upcoming',
    ordinal,
    at,
    because: of.method ? `the charge comes in ${days} days` : `the invoice is due in ${days} days`,
  }));
}

function overdue(of: CollectionCase, asOf: Date): CollectionStep[] {
  const { reminderDays, finalNoticeDay } = overdueOf(of.policy, of.cycle);
  const sent = Math.max(0, ...of.notices.filter(({ kind }) => kind === 'overdue').map(({ ordinal }) => ordinal));
  const isFinalSent = of.notices.some(({ kind }) => kind === 'final');
  const reminders = of.remindersOff
    ? []
    : reminderDays.map((days, at) => ({ kind: 'overdue' as const, ordinal: at + 1, days }));
  const open = [
    ...reminders.filter(({ ordinal }) => ordinal > sent && !isFinalSent),
    ...(isFinalSent || !of.service ? [] : [{ kind: 'final' as const, ordinal: 1, days: finalNoticeDay }]),
  ].flatMap((one) => {
    const at = moved(of, addDays(of.dueOn, one.days), timeAfterCharge(of, one.days));
    return at ? [{ ...one, at }] : [];
  });
  return newestOfMissed(open, asOf).map(({ kind, ordinal, at, days }) => ({
    do: 'notice',
    kind,
    ordinal,
    at,
    because: `${days} ${days === 1 ? 'day' : 'days'} after the due date`,
  }));
}

/** A notice goes out after the charge of its day has failed. */
export function timeAfterCharge(of: CollectionCase, days: number): string {
  const day = addDays(of.dueOn, days);
  const charge = of.method && plannedCharges(of).find((planned) => planned.day === day);
  return charge ? charge.time : of.policy.window.at;
}

/** Too little to trouble anybody for. */
export const isSmall = ({ owedMinor, policy }: CollectionCase): boolean => owedMinor < policy.smallBalanceMinor;
