import { expect, it } from '@jest/globals';
import { rewriteAmounts } from './amounts-in-text.ts';
import { describeMoney, money } from './money.ts';

it.each([
  { text: 'Payment of EUR 29.00 received', seen: 'Payment of <2900 EUR> received' },
  { text: 'EUR 20.00 arrived, but EUR 29.00 is owed.', seen: '<2000 EUR> arrived, but <2900 EUR> is owed.' },
  { text: 'the rest is EUR -0.50.', seen: 'the rest is <-50 EUR>.' },
  { text: `${describeMoney(money(1_299, 'JPY'))} refunded`, seen: '<1299 JPY> refunded' },
  { text: `${describeMoney(money(1_234_567, 'KWD'))} refunded`, seen: '<1234567 KWD> refunded' },
])('finds the amounts in "$text"', ({ text, seen }) => {
  expect(rewriteAmounts(text, ({ amount, currency }) => `<${amount} ${currency}>`)).toBe(seen);
});

it.each([
  'RFC 9457',
  'TLS 1.20 is old',
  'ALL 3 orders',
  'EUR 29',
  'EUR 29.001',
  'EUR 29.00.1',
  'REF-EUR 29.00',
  'XEUR 29.00',
])('leaves "%s" as it is, which says no amount', (text) => {
  expect(rewriteAmounts(text, () => 'an amount')).toBe(text);
});
