/**
 * Amounts as PayPal writes them: a decimal string and a currency. Everything by digits, nothing by floats.
 * Source: PayPal's currency codes page; Orders v2 and Payments v2, "Money".
 */
import { fromDecimal, toDecimal, type Money } from '#domain/money/money.ts';
import { VendorRefused } from '#activities/http/vendor.ts';

/** What PayPal settles in. BRL, CNY, INR and MYR work only inside their own country, so they are not offered. */
const OFFERED = new Set(
  'AUD CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' '),
);

/** For these a decimal point is an error at PayPal, although ISO 4217 gives HUF and TWD two decimals. */
const WHOLE_UNITS = new Set(['HUF', 'JPY', 'TWD']);

const digitsOf = (currency: string) => (WHOLE_UNITS.has(currency) ? 0 : 2);

/** @throws VendorRefused when PayPal cannot take exactly this amount; it is never rounded here */
export function toPaypal(amount: Money): { currencyCode: string; value: string } {
  const { minor, currency } = amount;
  if (!OFFERED.has(currency)) {
    throw new VendorRefused(`PayPal does not settle in ${currency}. Choose another payment method, then retry.`);
  }
  if (minor <= 0) throw new VendorRefused(`PayPal moves positive amounts only, not ${minor} ${currency}.`);
  try {
    return { currencyCode: currency, value: toDecimal(amount, digitsOf(currency)) };
  } catch {
    throw new VendorRefused(
      `PayPal takes ${currency} in whole units only, and the amount is ${minor} minor units. Round the invoice when it is finalized, then retry.`,
    );
  }
}

/**
 * The inverse of `toPaypal`, for amounts in answers and events.
 * @throws RangeError on anything but plain digits with the currency's own decimals
 */
export function fromPaypal(wire: { currency_code: string; value: string }): Money {
  const { currency_code: currency, value } = wire;
  const digits = digitsOf(currency);
  // Replies about whole-unit currencies are seen both as "1234" and as "1234.00".
  const shape = digits === 0 ? /^\d{1,12}(?:\.0{1,2})?$/ : /^\d{1,12}(?:\.\d{1,2})?$/;
  if (!shape.test(value)) throw new RangeError(`"${value}" is not an amount in ${currency} as PayPal writes it`);
  return fromDecimal(value, currency);
}
