import { expect, it } from '@jest/globals';
import { isBankReference, referenceKey } from './payment-reference.ts';

it.each([
  ['abc-1', 'abc1'],
  ['ABC-1', 'abc1'],
  [' A B C 1 ', 'abc1'],
  ['abc–1', 'abc1'],
  ['a.b/c_1', 'abc1'],
  ['ＡＢＣ－１', 'abc1'],
  ['abc\u200b-1\u00ad', 'abc1'],
  ['Café №7', 'cafeno7'],
  ['---', ''],
])('%j is compared as %j', (reference, key) => {
  expect(referenceKey(reference)).toBe(key);
});

it.each([
  ['TRX-2026/11', true],
  ['Überweisung 7', true],
  ['АВС-1', false],
  ['ΑBC-1', false],
  ['- -', false],
])('%s could be a bank’s: %s', (reference, could) => {
  expect(isBankReference(reference)).toBe(could);
});
