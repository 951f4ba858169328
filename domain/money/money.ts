/**
 * Amounts: whole minor units and a currency. 1299 EUR is 12.99 euros; 1299 JPY is 1299 yen.
 * Source of the exponents: ISO 4217; of the providers' units: their own documentation.
 */
export interface Money {
  /** Whole minor units, within the safe integers; negative for credits. */
  readonly minor: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** As amounts travel in JSON: digits as text, so that no reader rounds them. */
export interface MoneyJson {
  amount: string;
  currency: string;
}

const CURRENCY = /^[A-Z]{3}$/;

/** @throws RangeError when the amount is not a whole, safe number or the currency is not three capitals */
export function money(minor: number, currency: string): Money {
  if (!Number.isSafeInteger(minor)) throw new RangeError(`${minor} is not a whole number of minor units`);
  if (!CURRENCY.test(currency)) throw new RangeError(`"${currency}" is not a currency code such as EUR`);
  return { minor: minor === 0 ? 0 : minor, currency };
}

/** @throws RangeError on two currencies: adding them is a mistake, never a conversion */
export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RangeError(`${a.currency} and ${b.currency} cannot be added`);
  return money(a.minor + b.minor, a.currency);
}

export const negate = (amount: Money): Money => money(-amount.minor, amount.currency);
export const subtract = (a: Money, b: Money): Money => add(a, negate(b));
export const sum = (amounts: readonly Money[], currency: string): Money => amounts.reduce(add, money(0, currency));
export const sameMoney = (a: Money, b: Money): boolean => a.minor === b.minor && a.currency === b.currency;

export const toJson = (amount: Money): MoneyJson => ({ amount: String(amount.minor), currency: amount.currency });

/** @throws RangeError when the text is not plain digits, with a leading minus for credits */
export function fromJson({ amount, currency }: MoneyJson): Money {
  if (!/^-?\d{1,16}$/.test(amount)) throw new RangeError(`"${amount}" is not a whole number of minor units`);
  return money(Number(amount), currency);
}

const ISO_EXPONENT: Record<string, number> = {
  ...Object.fromEntries(
    'JPY KRW CLP VND PYG XAF XOF XPF BIF DJF GNF KMF RWF VUV UGX ISK'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
};

/** Digits after the point in ISO 4217: 2 unless the currency says otherwise. */
export const exponentOf = (currency: string): number => ISO_EXPONENT[currency] ?? 2;

/** Plain decimal text, "12.99" or "1299"; for people and for providers that want decimals. */
export function toDecimal(amount: Money, digits = exponentOf(amount.currency)): string {
  const exponent = exponentOf(amount.currency);
  const dropped = 10 ** Math.max(0, exponent - digits);
  if (amount.minor % dropped !== 0) {
    throw new RangeError(`${amount.minor} ${amount.currency} cannot be written with ${digits} decimals`);
  }
  const minor = BigInt(amount.minor / dropped) * 10n ** BigInt(Math.max(0, digits - exponent));
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return `${minor < 0n ? '-' : ''}${digits ? `${whole}.${text.slice(-digits)}` : whole}`;
}

/** The inverse of `toDecimal`. @throws RangeError on anything but digits and the currency's own decimals */
export function fromDecimal(text: string, currency: string): Money {
  const match = /^(-?)(\d{1,16})(?:\.(\d{1,4}))?$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is not an amount`);
  const [, sign, whole, fraction = ''] = match;
  const exponent = exponentOf(currency);
  if (/[1-9]/.test(fraction.slice(exponent))) {
    throw new RangeError(`"${text}" has more decimals than ${currency} has`);
  }
  return money(Number(`${sign}${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`), currency);
}

/** "EUR 12.99": the one way people see an amount in mails, logs and incidents. */
export const describeMoney = (amount: Money): string => `${amount.currency} ${toDecimal(amount)}`;
