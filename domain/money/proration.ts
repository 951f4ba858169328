import { money, subtract, type Money } from './money.ts';

/**
 * Parts of an amount. One rounding a part, half away from zero, on the exact value; where a counterpart has been rounded,
 * the part is what is left of the whole. Source: payment engine, sections 1.3, 1.4 and 7.
 */

/**
 * `amount × part ÷ whole`, rounded once: half a minor unit goes away from zero, so that a credit mirrors its charge.
 * @throws RangeError when the whole is not positive or the part lies outside of it
 */
export function shareOf(amount: Money, part: number, whole: number): Money {
  if (!Number.isSafeInteger(part) || !Number.isSafeInteger(whole) || whole <= 0 || part < 0 || part > whole) {
    throw new RangeError(`${part} of ${whole} is no part`);
  }
  const twice = 2n * BigInt(Math.abs(amount.minor)) * BigInt(part);
  const minor = Number((twice + BigInt(whole)) / (2n * BigInt(whole)));
  return money(amount.minor < 0 ? -minor : minor, amount.currency);
}

/**
 * Splits what was invoiced for a period at a day within it. The two parts are the whole, whatever is rounded.
 * @param usedDays  0 to `days`
 */
export function splitAt(invoiced: Money, usedDays: number, days: number): { used: Money; unused: Money } {
  const used = shareOf(invoiced, usedDays, days);
  return { used, unused: subtract(invoiced, used) };
}

/**
 * Splits a total by weights, as a discount over lines or a payment over invoices: largest remainders first, of equal ones
 * the earlier. The parts are the total, always.
 * @param weights  whole, none negative, not all zero
 */
export function splitByWeight(total: Money, weights: readonly number[]): Money[] {
  if (weights.some((one) => !Number.isSafeInteger(one) || one < 0)) {
    throw new RangeError(`${weights.join(', ')} are no weights`);
  }
  const whole = weights.reduce((sum, one) => sum + BigInt(one), 0n);
  if (whole === 0n) throw new RangeError('Weights that are all zero split nothing');
  const sign = total.minor < 0 ? -1 : 1;
  const shares = weights.map((one) => BigInt(Math.abs(total.minor)) * BigInt(one));
  const floors = shares.map((share) => Number(share / whole));
  let left = Math.abs(total.minor) - floors.reduce((sum, one) => sum + one, 0);
  const byRemainder = shares
    .map((share, at) => ({ at, remainder: share % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.at - b.at : a.remainder < b.remainder ? 1 : -1));
  for (const { at } of byRemainder) {
    if (left === 0) break;
    floors[at]! += 1;
    left -= 1;
  }
  return floors.map((minor) => money(sign * minor, total.currency));
}
