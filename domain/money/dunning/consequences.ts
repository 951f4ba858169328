import { addDays, civilDate, localInstant } from '#domain/calendar/civil-dates.ts';
import { overdueOf } from '#domain/policies/policy.ts';
import { inWindow } from '#domain/policies/window.ts';
import type { CollectionCase } from './case.ts';
import { isUnderWay } from './charges.ts';
import { HOUR, latest, moved, newestOfMissed } from './moved-days.ts';
import { isSmall, timeAfterCharge } from './notices.ts';
import type { CollectionStep } from './steps.ts';

/** Suspension and termination, each with what must come before it. */
export function consequences(of: CollectionCase, asOf: Date): CollectionStep[] {
  if (!of.service || isSmall(of) || isUnderWay(of, asOf)) return [];
  const suspended = of.service.suspendedAt ?? suspensionAt(of, asOf);
  if (!suspended) return [];
  if ('do' in suspended) return [suspended];
  const { suspendAfterDays } = overdueOf(of.policy, of.cycle);
  const suspend: CollectionStep = {
    do: 'suspend',
    at: suspended,
    because: `${String(suspendAfterDays)} days after the due date, in the window for consequences`,
  };
  return [...(of.service.suspendedAt ? [] : [suspend]), ...terminationSteps(of, suspended, asOf)];
}

function suspensionAt(of: CollectionCase, asOf: Date): Date | CollectionStep | undefined {
  const { suspendAfterDays, finalNoticeDay } = overdueOf(of.policy, of.cycle);
  if (suspendAfterDays === 'off') return undefined;
  const final = of.notices.findLast(({ kind }) => kind === 'final');
  if (final?.hasFailed) {
    return { do: 'ask_staff', about: 'final_notice_failed', at: final.at, because: 'the final notice came back' };
  }
  const slot = moved(of, addDays(of.dueOn, suspendAfterDays), of.policy.window.at);
  const planned = moved(of, addDays(of.dueOn, finalNoticeDay), timeAfterCharge(of, finalNoticeDay));
  if (!slot || !planned) return undefined;
  // Not sent yet: it will be, now at the soonest.
  const handed = final ? final.handedAt : new Date(Math.max(planned.getTime(), asOf.getTime()));
  if (!handed) return undefined;
  const noticed = new Date(handed.getTime() + of.policy.noticeDistanceHours * HOUR);
  return fires(of, 'consequences', latest(slot, noticed));
}

function terminationSteps(of: CollectionCase, suspendedAt: Date, asOf: Date): CollectionStep[] {
  const { terminateAfterDays, terminateAfterSuspendedDays, terminationWarningDays, window } = of.policy;
  if (terminateAfterDays === 'off') return [];
  const byDue = moved(of, addDays(of.dueOn, terminateAfterDays), window.at);
  const suspendedOn = civilDate(suspendedAt, of.zone);
  const bySuspension = localInstant(addDays(suspendedOn, terminateAfterSuspendedDays), window.at, of.zone);
  const slot = byDue && fires(of, 'termination', latest(byDue, bySuspension));
  if (!slot) return [];

  const sent = of.notices.filter(({ kind }) => kind === 'termination');
  const warnings = terminationWarningDays
    .toSorted((a, b) => b - a)
    .map((days) => ({ days, at: localInstant(addDays(civilDate(slot, of.zone), -days), window.at, of.zone) }))
    .map((one) => ({ ...one, at: latest(one.at, suspendedAt) }));
  const open = warnings.filter(({ days }) => !sent.some(({ ordinal }) => ordinal <= days));
  const at = fires(of, 'termination', latest(slot, warnedUntil(of, warnings.at(-1), asOf)));
  return [
    ...newestOfMissed(open, asOf).map(({ days, at: on }): CollectionStep => ({
      do: 'notice',
      kind: 'termination',
      ordinal: days,
      at: on,
      because: `${days} ${days === 1 ? 'day' : 'days'} before the service is terminated`,
    })),
    ...(at ? [{ do: 'terminate' as const, at, because: 'it stays unpaid' }] : []),
  ];
}

/** Until when the last warning keeps its distance: one that is late moves what it warns of. */
function warnedUntil(of: CollectionCase, last: { days: number; at: Date } | undefined, asOf: Date): Date {
  if (!last) return new Date(0);
  const sent = of.notices.find(({ kind, ordinal }) => kind === 'termination' && ordinal === last.days);
  const told = sent ? (sent.handedAt ?? sent.at) : latest(last.at, asOf);
  return new Date(told.getTime() + of.policy.noticeDistanceHours * HOUR);
}

/** In the window, and when no hold of this kind is left. */
function fires(of: CollectionCase, consequence: 'consequences' | 'termination', planned: Date): Date | undefined {
  let at = planned;
  for (const hold of of.holds) {
    const stops = hold.stops === 'consequences' || (hold.stops === 'termination' && consequence === 'termination');
    if (!stops || civilDate(at, of.zone) < hold.from) continue;
    if (hold.until === null) return undefined;
    at = latest(at, localInstant(hold.until, of.policy.window.at, of.zone));
  }
  return inWindow(at, of.policy.window, of.zone);
}
