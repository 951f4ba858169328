import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { money } from '#domain/money/money.ts';
import { fromPaypal, toPaypal } from './amounts.ts';

describe('an amount for PayPal', () => {
  it.each([
    { minor: 1299, currency: 'EUR', value: '12.99', because: 'two decimals are the rule' },
    { minor: 5, currency: 'USD', value: '0.05', because: 'a leading zero is written' },
    { minor: 1299, currency: 'JPY', value: '1299', because: 'yen have no decimals anywhere' },
    { minor: 123_400, currency: 'HUF', value: '1234', because: 'forints have two decimals in ISO, none at PayPal' },
    { minor: 99_900, currency: 'TWD', value: '999', because: 'so have Taiwan dollars' },
    { minor: 900_719_925_474_099_1, currency: 'EUR', value: '90071992547409.91', because: 'no digit is lost' },
  ])('$minor $currency is "$value": $because', ({ minor, currency, value }) => {
    expect(toPaypal(money(minor, currency))).toEqual({ currencyCode: currency, value });
  });

  it.each([
    { minor: 123_450, currency: 'HUF', says: 'whole units', because: 'half a forint cannot be paid' },
    { minor: 1_000, currency: 'KWD', says: 'KWD', because: 'PayPal does not settle in dinars' },
    { minor: 1_000, currency: 'BRL', says: 'BRL', because: 'reais move only inside Brazil' },
    { minor: 0, currency: 'EUR', says: 'positive', because: 'nothing is no payment' },
    { minor: -5, currency: 'EUR', says: 'positive', because: 'a refund is not a negative payment' },
  ])('$minor $currency is refused, never rounded: $because', ({ minor, currency, says }) => {
    expect(() => toPaypal(money(minor, currency))).toThrow(says);
  });

  it('comes back as it went', () => {
    const currencies = fc.constantFrom('EUR', 'USD', 'JPY', 'GBP', 'PLN');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e11 }), currencies, (minor, currency) => {
        const { currencyCode, value } = toPaypal(money(minor, currency));
        expect(fromPaypal({ currency_code: currencyCode, value })).toEqual(money(minor, currency));
      }),
    );
  });
});

describe('an amount from PayPal', () => {
  it.each([
    { currency_code: 'EUR', value: '12.99', minor: 1299 },
    { currency_code: 'EUR', value: '12.9', minor: 1290 },
    { currency_code: 'EUR', value: '12', minor: 1200 },
    { currency_code: 'HUF', value: '1234', minor: 123_400 },
    { currency_code: 'HUF', value: '1234.00', minor: 123_400 },
    { currency_code: 'JPY', value: '1299', minor: 1299 },
  ])('$value $currency_code is $minor', ({ minor, ...wire }) => {
    expect(fromPaypal(wire)).toEqual(money(minor, wire.currency_code));
  });

  it.each([
    ['EUR', '12.999'],
    ['EUR', '1e3'],
    ['EUR', '1,299.00'],
    ['EUR', '-1.00'],
    ['EUR', ' 1.00'],
    ['EUR', '1.'],
    ['EUR', ''],
    ['HUF', '1234.50'],
    ['JPY', '12.99'],
    ['eur', '12.99'],
  ])('%s "%s" is refused', (currency_code, value) => {
    expect(() => fromPaypal({ currency_code, value })).toThrow();
  });
});
