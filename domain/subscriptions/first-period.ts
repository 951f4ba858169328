import { addCycle, anchorIn, daysBetween, periodEnd, type Cycle } from '../calendar/civil-dates.ts';
import type { Money } from '../money/money.ts';
import { shareOf } from '../money/proration.ts';

/** What the first invoice of a subscription pays for: one part, or a stub up to the anchor and the period after it. */
export interface FirstPart {
  /** Civil days: from the first, up to but without the last. */
  from: string;
  to: string;
  amount: Money;
}

/**
 * The first periods of a subscription that is aligned to a day of the month: a stub up to it, and from the cut-off day on the
 * whole period after it as well. Source: automation-defaults, section 10.
 * @param orderedOn  the civil day in the billing zone
 * @param anchorDay  1 to 31
 * @param cutOffDay  day of the month from which the next period is invoiced too; none without it
 */
export function alignedStart(
  orderedOn: string,
  price: Money,
  cycle: Cycle,
  anchorDay: number,
  cutOffDay?: number,
): FirstPart[] {
  const thisMonth = anchorIn(orderedOn, anchorDay);
  // The notional period around the day ends at the next anchor; its whole length is what a day's price is counted by.
  const next = orderedOn < thisMonth ? thisMonth : addCycle(anchorDay, thisMonth, 'monthly', 1);
  if (orderedOn === thisMonth) {
    return [{ from: orderedOn, to: periodEnd(orderedOn, anchorDay, cycle), amount: price }];
  }
  const notionalStart = addCycle(anchorDay, next, cycle, -1);
  const stub = shareOf(price, daysBetween(orderedOn, next), daysBetween(notionalStart, next));
  const parts: FirstPart[] = [{ from: orderedOn, to: next, amount: stub }];
  if (cutOffDay !== undefined && Number(orderedOn.slice(8)) >= cutOffDay) {
    parts.push({ from: next, to: periodEnd(next, anchorDay, cycle), amount: price });
  }
  return parts;
}
