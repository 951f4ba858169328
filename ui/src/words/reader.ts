import type { z } from 'zod';
import type { MoneyWire } from '#api/contracts/common.ts';
import { exponentOf, fromJson, rewriteAmounts, toDecimal } from '#api/contracts/money.ts';

/**
 * Amounts, instants and days as one reader is used to them, each in one form on every page.
 * @param languages  the browser's, the preferred one first; what is none, as some Linux browsers say, is passed over
 * @param timeZone  the browser's own when left out
 */
export function wordsFor(languages: readonly string[], timeZone?: string) {
  const locales = languages.filter(isLocale);
  const instant = new Intl.DateTimeFormat(locales, { dateStyle: 'medium', timeStyle: 'medium', timeZone });
  const day = new Intl.DateTimeFormat(locales, { dateStyle: 'medium', timeZone: 'UTC' });

  /** The amount is text in minor units; how many decimals those are, our own table says: browsers differ. */
  const moneyText = ({ amount, currency }: z.infer<typeof MoneyWire>): string => {
    const digits = exponentOf(currency);
    const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    const format = new Intl.NumberFormat(locales, { style: 'currency', currency, ...decimals });
    return format.format(toDecimal(fromJson({ amount, currency })) as Intl.StringNumericLiteral);
  };

  return {
    moneyText,
    /** In the reader's own zone. */
    instantText: (at: string): string => instant.format(new Date(at)),
    /** A civil date has no zone: "2026-12-01" is that day everywhere. */
    dayText: (on: string): string => day.format(new Date(`${on}T00:00:00Z`)),
    /** A sentence of the server, with its amounts as the pages write them. */
    localText: (text: string): string => rewriteAmounts(text, moneyText),
  };
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

export const { moneyText, instantText, dayText, localText } = wordsFor(navigator.languages);
