/** How amounts are counted and where a text says one, for the pages too. */
export { rewriteAmounts } from '#domain/money/amounts-in-text.ts';
export { exponentOf, fromJson, toDecimal } from '#domain/money/money.ts';
