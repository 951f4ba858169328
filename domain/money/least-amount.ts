import { VENDORS, type GatewayName } from '#domain/vendors.ts';
import { exponentOf, money, type Money } from './money.ts';

/** The least that a gateway takes in a currency. */
export function leastAmount(gateway: GatewayName, currency: string): Money {
  const { leastMinor }: { leastMinor: Record<string, number> } = VENDORS[gateway];
  return money(leastMinor[currency] ?? 1, currency);
}

/** Nothing to pay is no payment, so it is never too little. */
export const isBelowLeast = ({ minor, currency }: Money, gateway: GatewayName): boolean =>
  minor > 0 && minor < leastAmount(gateway, currency).minor;

/** Those that take it, in their order. */
export const gatewaysTaking = (price: Money, gateways: readonly GatewayName[]): GatewayName[] =>
  gateways.filter((gateway) => !isBelowLeast(price, gateway));

/** Below one whole unit of its currency nobody runs after a debt. Source: automation defaults, section 3. */
export const smallBalance = (currency: string): Money => money(10 ** exponentOf(currency), currency);

/**
 * What a customer is asked to pay of what an invoice leaves open: all of it, or `nothing` where the gateway does not take
 * so little and it is below the small-balance limit, or it is `too_little` for the gateway and a person must decide.
 */
export function howToCollect(due: Money, gateway: GatewayName): 'all' | 'nothing' | 'too_little' {
  if (!isBelowLeast(due, gateway)) return 'all';
  return due.minor < smallBalance(due.currency).minor ? 'nothing' : 'too_little';
}
