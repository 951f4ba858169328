import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  add,
  describeMoney,
  exponentOf,
  fromDecimal,
  fromJson,
  money,
  negate,
  sameMoney,
  subtract,
  sum,
  toDecimal,
  toJson,
} from './money.ts';

const currency = fc.constantFrom('EUR', 'USD', 'HUF', 'MGA', 'JPY', 'KRW', 'UGX', 'ISK', 'KWD', 'BHD', 'TND');
const anyMoney = fc.tuple(fc.maxSafeInteger(), currency).map(([minor, code]) => money(minor, code));
/** Small enough that a thousand of them still add up exactly. */
const payable = fc.integer({ min: -(10 ** 12), max: 10 ** 12 });

describe('an amount', () => {
  it.each([
    [0.5, 'EUR', 'half a cent is rounded before it is money'],
    [Number.NaN, 'EUR', 'no number'],
    [Infinity, 'EUR', 'no number'],
    [2 ** 53, 'EUR', 'past here numbers skip'],
    [1, 'eur', 'lower case'],
    [1, 'EURO', 'four letters'],
    [1, '', 'none'],
    [1, 'EUR\n', 'a line break after it'],
  ])('is not %s "%s": %s', (minor, code) => {
    expect(() => money(minor, code)).toThrow(RangeError);
  });

  it('of nothing has no sign', () => {
    expect(Object.is(money(-0, 'EUR').minor, 0)).toBe(true);
    expect(Object.is(negate(money(0, 'EUR')).minor, 0)).toBe(true);
    expect(Object.is(fromDecimal('-0.00', 'EUR').minor, 0)).toBe(true);
    expect(Object.is(fromJson({ amount: '-0', currency: 'EUR' }).minor, 0)).toBe(true);
  });
});

describe('adding', () => {
  it('is exact, in any order, and taken back by subtracting', () => {
    fc.assert(
      fc.property(fc.array(payable, { maxLength: 1_000 }), currency, (minors, code) => {
        const amounts = minors.map((minor) => money(minor, code));
        const exact = minors.reduce((total, minor) => total + BigInt(minor), 0n);
        expect(BigInt(sum(amounts, code).minor)).toBe(exact);
        expect(sameMoney(sum(amounts.toReversed(), code), sum(amounts, code))).toBe(true);
        const [first = money(0, code), ...rest] = amounts;
        expect(subtract(sum([first, ...rest], code), sum(rest, code))).toEqual(first);
      }),
    );
  });

  it('of two currencies is a mistake, also of nothing', () => {
    expect(() => add(money(1, 'EUR'), money(1, 'USD'))).toThrow('EUR and USD cannot be added');
    expect(() => sum([money(0, 'USD')], 'EUR')).toThrow('EUR and USD cannot be added');
    expect(sameMoney(money(0, 'EUR'), money(0, 'USD'))).toBe(false);
  });

  it('past the safe integers is refused, never rounded', () => {
    expect(() => add(money(Number.MAX_SAFE_INTEGER, 'EUR'), money(1, 'EUR'))).toThrow(RangeError);
  });
});

describe('JSON', () => {
  it('brings back every amount there is', () => {
    fc.assert(
      fc.property(anyMoney, (amount) => {
        expect(fromJson(JSON.parse(JSON.stringify(toJson(amount))))).toEqual(amount);
      }),
    );
  });

  it.each(['', '-', '1.0', '1e3', ' 1', '+1', '0x1', '1_000', '٣', '12345678901234567', '9007199254740992'])(
    'refuses "%s"',
    (text) => {
      expect(() => fromJson({ amount: text, currency: 'EUR' })).toThrow(RangeError);
    },
  );
});

describe('decimals', () => {
  it.each([
    [1_299, 'EUR', '12.99', 'two decimals unless the currency says otherwise'],
    [-1_299, 'EUR', '-12.99', 'a credit'],
    [5, 'EUR', '0.05', 'the zeros stay'],
    [-5, 'EUR', '-0.05', 'the sign stays'],
    [1_299, 'JPY', '1299', 'the yen has none'],
    [1_299, 'UGX', '1299', 'ISO 4217 says none, whatever Stripe says'],
    [1_299, 'KWD', '1.299', 'the dinar has three'],
    [1_299, 'HUF', '12.99', 'ISO 4217 says two, whatever PayPal says'],
    [1_299, 'MGA', '12.99', 'ISO 4217 says two, whatever Stripe says'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91', 'as much as there is'],
  ])('%i %s is %s: %s', (minor, code, text) => {
    expect(toDecimal(money(minor, code))).toBe(text);
    expect(fromDecimal(text, code)).toEqual(money(minor, code));
  });

  it('come back as the same amount, in every currency', () => {
    fc.assert(
      fc.property(anyMoney, (amount) => {
        expect(fromDecimal(toDecimal(amount), amount.currency)).toEqual(amount);
      }),
    );
  });

  it('come back as the same amount, with any number of decimals that a provider wants', () => {
    fc.assert(
      fc.property(payable, currency, fc.integer({ min: 0, max: 4 }), (minor, code, digits) => {
        const step = 10 ** Math.max(0, exponentOf(code) - digits);
        const amount = money(Math.trunc(minor / step) * step, code);
        const text = toDecimal(amount, digits);
        expect(text.split('.')[1]?.length ?? 0).toBe(digits);
        expect(fromDecimal(text, code)).toEqual(amount);
      }),
    );
  });

  it.each([
    [1_299, 'HUF', 0, 'PayPal takes whole forints'],
    [1_299, 'KWD', 2, 'the last digit is not 0'],
    [-1, 'EUR', 1, 'a cent is not ten'],
  ])('%i %s is refused, not rounded, with %i: %s', (minor, code, digits) => {
    expect(() => toDecimal(money(minor, code), digits)).toThrow(`cannot be written with ${digits} decimals`);
  });

  it.each([
    ['12.999', 'EUR', 'has more decimals than EUR has'],
    ['0.1', 'JPY', 'has more decimals than JPY has'],
    ['12,99', 'EUR', 'is not an amount'],
    ['1.', 'EUR', 'is not an amount'],
    ['.5', 'EUR', 'is not an amount'],
    ['1e2', 'EUR', 'is not an amount'],
    ['', 'EUR', 'is not an amount'],
    ['12.99', 'eur', 'is not a currency code'],
    ['90071992547409.92', 'EUR', 'is not a whole number of minor units'],
  ])('"%s" %s is refused: %s', (text, code, message) => {
    expect(() => fromDecimal(text, code)).toThrow(message);
  });

  it('of nothing may follow: 12.9900 EUR and 10.00 UGX are amounts', () => {
    expect(fromDecimal('12.9900', 'EUR')).toEqual(money(1_299, 'EUR'));
    expect(fromDecimal('10.00', 'UGX')).toEqual(money(10, 'UGX'));
  });

  it('are read by people with the currency before them', () => {
    expect(describeMoney(money(-1_299, 'EUR'))).toBe('EUR -12.99');
    expect(describeMoney(money(1_299, 'JPY'))).toBe('JPY 1299');
  });
});
