import { addDays, civilDate, daysBetween, periodEnd, type Cycle } from '../calendar/civil-dates.ts';
import { add, money, negate, subtract, sum, type Money } from '../money/money.ts';
import { shareOf, splitAt } from '../money/proration.ts';

/**
 * What a change of plan costs and when it takes effect: one pure function for the preview and for carrying it out.
 * Source: payment engine, section 7; automation-defaults, section 10.
 */

/** A line that was invoiced for days of the period that runs, and may be given back in part. */
export interface CoveredLine {
  /** What was invoiced, after discounts. */
  invoiced: Money;
  /** What of it was given back already. */
  credited: Money;
  /** Civil days it pays for, up to but without the last. */
  from: string;
  to: string;
}

export interface Terms {
  /** Per cycle. */
  price: Money;
  cycle: Cycle;
}

/**
 * `prorate`: to the end of the period that runs; `new_term`: at full price, and a period begins; `at_renewal`: with the next
 * period.
 */
export type ChangeMode = 'prorate' | 'new_term' | 'at_renewal';

export interface ChangeWish {
  /** When it was asked; a preview hands it back on confirmation, and it holds until that civil day ends. */
  asOf: Date;
  zone: string;
  now: Terms & { anchorDay: number; periodStart: string; paidThrough: string; lines: readonly CoveredLine[] };
  wanted: Terms;
  mode: ChangeMode;
  /** Staff let a cheaper plan begin now; by itself it waits for the end of the period. */
  cheaperNow?: boolean;
}

export interface ChangeQuote {
  kind: 'upgrade' | 'downgrade';
  /** The first civil day of the new plan. */
  effectiveOn: string;
  /** Given back for the rest of what was paid; zero or negative. */
  credit: Money;
  /** For the new plan up to `paidThrough`; zero where it begins with the next period. */
  charge: Money;
  /** To be paid before the change is made. */
  due: Money;
  /** What is over goes to the credit balance; nothing is sent back. */
  toBalance: Money;
  /** The period after the change. */
  periodStart: string;
  paidThrough: string;
  anchorDay: number;
  /** A preview holds through this civil day. */
  goodThrough: string;
}

/** @throws RangeError on two currencies: what a customer pays with is not changed by a plan */
export function quotePlanChange({ asOf, zone, now, wanted, mode, cheaperNow = false }: ChangeWish): ChangeQuote {
  const { currency } = now.price;
  if (wanted.price.currency !== currency) {
    throw new RangeError(`A plan in ${currency} cannot become one in ${wanted.price.currency}`);
  }
  const today = civilDate(asOf, zone);
  const none = money(0, currency);
  const kind = isUpgrade(now, wanted) ? 'upgrade' : 'downgrade';
  const running = {
    periodStart: now.periodStart,
    paidThrough: now.paidThrough,
    anchorDay: now.anchorDay,
    goodThrough: today,
  };
  const isOtherCycle = wanted.cycle !== now.cycle;
  const waits = mode === 'at_renewal' || (kind === 'downgrade' && !cheaperNow && !isOtherCycle);
  if (waits || today >= now.paidThrough) {
    const effectiveOn = now.paidThrough;
    return { kind, effectiveOn, credit: none, charge: none, due: none, toBalance: none, ...running };
  }

  const credit = negate(unusedOf(now.lines, today, currency));
  // Whoever changes how long a period is begins a term: otherwise the cheap cycle would be bought day by day.
  const isNewTerm = mode === 'new_term' || isOtherCycle;
  const anchorDay = Number(today.slice(8));
  const term = isNewTerm
    ? { periodStart: today, paidThrough: periodEnd(today, anchorDay, wanted.cycle), anchorDay }
    : {};
  const charge = isNewTerm
    ? wanted.price
    : shareOf(wanted.price, daysBetween(today, now.paidThrough), daysBetween(now.periodStart, now.paidThrough));
  const net = add(charge, credit);
  return {
    kind,
    effectiveOn: today,
    credit,
    charge,
    due: net.minor > 0 ? net : none,
    toBalance: net.minor < 0 ? negate(net) : none,
    ...running,
    ...term,
  };
}

/** A day of the new plan costs at least as much as one of the old. */
function isUpgrade(now: ChangeWish['now'], wanted: Terms): boolean {
  const days = (cycle: Cycle) => daysBetween(now.periodStart, periodEnd(now.periodStart, now.anchorDay, cycle));
  return BigInt(wanted.price.minor) * BigInt(days(now.cycle)) >= BigInt(now.price.minor) * BigInt(days(wanted.cycle));
}

/** What is not used from a day on, of what was really invoiced and not given back yet. */
function unusedOf(lines: readonly CoveredLine[], from: string, currency: string): Money {
  return sum(
    lines.map((line) => {
      const days = daysBetween(line.from, line.to);
      const used = Math.min(days, Math.max(0, daysBetween(line.from, from)));
      const { unused } = splitAt(line.invoiced, used, days);
      const left = subtract(line.invoiced, line.credited);
      return unused.minor > left.minor ? left : unused;
    }),
    currency,
  );
}

/**
 * What comes back on a cancellation: of the day itself nothing, as it is used.
 * @param to  where it goes; the credit balance unless staff or policy say otherwise
 */
export function quoteCancellation(
  lines: readonly CoveredLine[],
  asOf: Date,
  zone: string,
  to: 'none' | 'credit_balance' | 'refund',
  currency: string,
): Money {
  return to === 'none' ? money(0, currency) : unusedOf(lines, addDays(civilDate(asOf, zone), 1), currency);
}
