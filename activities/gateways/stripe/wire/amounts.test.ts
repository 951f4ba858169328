import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { money } from '#domain/money/money.ts';
import { fromStripe, toStripe } from './amounts.ts';

describe('amounts at Stripe', () => {
  it.each([
    { minor: 1299, currency: 'EUR', stripe: 1299, because: 'cents are cents' },
    { minor: 1299, currency: 'JPY', stripe: 1299, because: 'yen has no digits anywhere' },
    { minor: 1299, currency: 'HUF', stripe: 1299, because: 'charged with two digits, only payouts are whole' },
    { minor: 1299, currency: 'TWD', stripe: 1299, because: 'charged with two digits, only payouts are whole' },
    { minor: 129_900, currency: 'MGA', stripe: 1299, because: 'ISO has two digits, Stripe none' },
    { minor: 1299, currency: 'UGX', stripe: 129_900, because: 'ISO has none, Stripe two that must be zero' },
    { minor: 1299, currency: 'ISK', stripe: 129_900, because: 'ISO has none, Stripe two that must be zero' },
    { minor: 12_990, currency: 'KWD', stripe: 12_990, because: 'three digits, the last zero' },
    { minor: 99_999_999, currency: 'USD', stripe: 99_999_999, because: 'eight digits are the most' },
  ])('$minor $currency is $stripe: $because', ({ minor, currency, stripe }) => {
    expect(toStripe(money(minor, currency))).toEqual({ amount: stripe, currency: currency.toLowerCase() });
    expect(fromStripe(stripe, currency.toLowerCase())).toEqual(money(minor, currency));
  });

  it.each([
    { minor: 12_995, currency: 'KWD', because: 'the last of three digits must be zero' },
    { minor: 129_950, currency: 'MGA', because: 'half an ariary cannot be charged' },
    { minor: 100_000_000, currency: 'EUR', because: 'nine digits are too many' },
    { minor: 1_000_000, currency: 'ISK', because: 'a million krona has nine digits at Stripe' },
    { minor: 0, currency: 'EUR', because: 'nothing is owed, so nothing is charged' },
    { minor: -1, currency: 'EUR', because: 'a credit is not a charge' },
    { minor: 1000, currency: 'LYD', because: 'its digits at Stripe are not certain' },
  ])('refuses $minor $currency: $because', ({ minor, currency }) => {
    expect(() => toStripe(money(minor, currency))).toThrow(expect.objectContaining({ name: 'VendorRefused' }));
  });

  it('refuses an answer with digits the currency does not have', () => {
    expect(() => fromStripe(129_950, 'isk')).toThrow('129950 ISK at Stripe has digits that ISK does not');
    expect(() => fromStripe(10.5, 'eur')).toThrow('10.5 EUR at Stripe has digits that EUR does not');
  });

  it('comes back the same from Stripe, for every amount that goes there', () => {
    const currencies = ['EUR', 'JPY', 'MGA', 'UGX', 'ISK', 'KWD', 'HUF'];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999 }), fc.constantFrom(...currencies), (units, currency) => {
        const step = { MGA: 100, KWD: 10, ISK: 1, UGX: 1 }[currency] ?? 1;
        const amount = money(Math.min(units, 900_000) * step, currency);
        const sent = toStripe(amount);
        expect(fromStripe(sent.amount, sent.currency)).toEqual(amount);
      }),
    );
  });
});
