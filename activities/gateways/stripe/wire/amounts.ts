/**
 * Our minor units to Stripe's and back. Stripe's unit is not always ISO's, and Stripe passes floats through unchecked,
 * so this is the one place that converts. Source: Stripe "Supported currencies", checked into payment-engine 1.2.
 */
import { excerpt, VendorRefused } from '#activities/http/vendor.ts';
import { describeMoney, money, type Money } from '#domain/money/money.ts';

interface Unit {
  /** Stripe units per minor unit of ours: 100 for UGX, 1 for EUR. */
  multiply: number;
  /** Our minor units per Stripe unit: 100 for MGA. */
  divide: number;
  /** Stripe amounts must be a multiple of this. */
  step: number;
}

const SAME: Unit = { multiply: 1, divide: 1, step: 1 };
const UNITS: Record<string, Unit> = {
  // ISO gives the ariary two digits that nobody uses; Stripe gives it none.
  MGA: { multiply: 1, divide: 100, step: 1 },
  // Whole in ISO, but kept with two digits at Stripe from older times; fractions are refused.
  UGX: { multiply: 100, divide: 1, step: 100 },
  ISK: { multiply: 100, divide: 1, step: 100 },
  ...Object.fromEntries('BHD JOD KWD OMR TND'.split(' ').map((code) => [code, { ...SAME, step: 10 }])),
};

/** Three or four digits in ISO, and nothing certain about them at Stripe. */
const NOT_OFFERED = new Set(['IQD', 'LYD', 'CLF', 'UYW']);

/** Eight digits: the most that one charge takes. */
const MOST = 99_999_999;

/** @throws VendorRefused when Stripe cannot express the amount: we refuse, never round */
export function toStripe(amount: Money): { amount: number; currency: string } {
  const { multiply, divide, step } = unitOf(amount.currency);
  const units = (amount.minor * multiply) / divide;
  if (!Number.isSafeInteger(units) || units <= 0 || units > MOST || units % step !== 0) {
    throw new VendorRefused(
      `${describeMoney(amount)} is not an amount Stripe can charge. Correct the invoice, then retry.`,
    );
  }
  return { amount: units, currency: amount.currency.toLowerCase() };
}

/**
 * The exact inverse. What the SDK calls a number is whatever came, so it is looked at: `"1299"` is no amount.
 * @throws VendorRefused when it is none, or has digits its currency does not
 */
export function fromStripe(amount: number, currency: string): Money {
  if (typeof amount !== 'number' || !(amount >= 0) || typeof currency !== 'string' || !/^[a-z]{3}$/i.test(currency)) {
    const said = excerpt([amount, currency]).slice(0, 100);
    throw new VendorRefused(`${said} is not an amount of Stripe's. Look at it in Stripe's dashboard.`);
  }
  const code = currency.toUpperCase();
  const { multiply, divide } = unitOf(code);
  const minor = (amount * divide) / multiply;
  if (!Number.isSafeInteger(minor))
    throw new VendorRefused(
      `${amount} ${code} at Stripe has digits that ${code} does not. Look at it in Stripe's dashboard.`,
    );
  return money(minor, code);
}

function unitOf(currency: string): Unit {
  if (NOT_OFFERED.has(currency))
    throw new VendorRefused(`${currency} is not offered with Stripe. Use another currency or gateway.`);
  return UNITS[currency] ?? SAME;
}
