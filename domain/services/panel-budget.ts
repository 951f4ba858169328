/** What a key of a panel has for us, and what checks may take of it. Source: nextpanel.md, A3 and the limits of its keys. */

/** Calls we make at most with the key of one node: less than the panel grants it. */
export interface CallBudget {
  perHour: number;
  perDay: number;
}

/** Calls that reached the panel within the last hour and the last day; of these, those of checks. */
export interface CallsSpent {
  hour: number;
  day: number;
  checksHour: number;
  checksDay: number;
}

/** A tenth under what a panel grants unless told otherwise: 1000 an hour and 10000 a day. */
export const DEFAULT_BUDGET: CallBudget = { perHour: 900, perDay: 9_000 };
export const NOTHING_SPENT: CallsSpent = { hour: 0, day: 0, checksHour: 0, checksDay: 0 };

export const callsLeft = ({ perHour, perDay }: CallBudget, { hour, day }: CallsSpent): number =>
  Math.max(0, Math.min(perHour - hour, perDay - day));

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Of the budget; the rest is for orders. */
const CHECKS_SHARE = 0.1;
/** What a quick check costs. The whole one, once an hour, costs some more. */
const CALLS_OF_A_CHECK = 2;
/** Below this part of the budget checks become rare. */
const SCARCE = 0.25;
const RARER = 4;

/**
 * How long to wait between two checks of a node, or null while nothing is left. A healthy node is checked as often as
 * a tenth of its calls allow; one in doubt, or failing, each minute as long as checks have not had that tenth; and all
 * of them more rarely while orders have left little.
 * @param settled  it is healthy, and nothing speaks against it
 * @returns milliseconds, at least a minute
 */
export function checkEveryMs(budget: CallBudget, spent: CallsSpent, settled: boolean): number | null {
  if (callsLeft(budget, spent) === 0) return null;
  const { perHour, perDay } = budget;
  const spread = (CALLS_OF_A_CHECK * DAY) / (CHECKS_SHARE * Math.min(perHour * 24, perDay));
  const hadTheirShare = spent.checksHour >= CHECKS_SHARE * perHour || spent.checksDay >= CHECKS_SHARE * perDay;
  const scarce = spent.hour > (1 - SCARCE) * perHour || spent.day > (1 - SCARCE) * perDay;
  const each = settled || hadTheirShare ? spread : MINUTE;
  return Math.max(MINUTE, scarce ? RARER * Math.max(each, spread) : each);
}
