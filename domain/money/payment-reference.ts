/**
 * By what a transfer is compared with others: banks, exports and people write the same reference in capitals or not, with blanks,
 * dashes and dots or without, in full-width letters. Letters and digits are what is left, with their accents taken off.
 * @returns empty where there is no letter and no digit
 */
export const referenceKey = (reference: string): string =>
  reference
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();

/** Banks write references in the Latin alphabet; a letter of another that looks the same would make two of one. */
export const isBankReference = (reference: string): boolean =>
  referenceKey(reference) !== '' && /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u.test(reference);
