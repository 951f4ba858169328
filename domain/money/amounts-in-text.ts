import { CURRENCIES } from './currencies.ts';
import { exponentOf, fromDecimal, toJson, type MoneyJson } from './money.ts';

/** As `describeMoney` writes an amount; what only looks like one, such as "RFC 9457", is told by its currency and decimals. */
const AMOUNT = /(?<![\w-])([A-Z]{3}) (-?\d{1,15}(?:\.(\d{1,4}))?)(?!\.?\d)/g;

/**
 * A text of ours in which every amount is written as its reader is used to.
 * @param write  how this reader sees an amount
 */
export const rewriteAmounts = (text: string, write: (amount: MoneyJson) => string): string =>
  text.replaceAll(AMOUNT, (found, currency: string, decimal: string, decimals = '') =>
    CURRENCIES.includes(currency) && decimals.length === exponentOf(currency)
      ? write(toJson(fromDecimal(decimal, currency)))
      : found,
  );
