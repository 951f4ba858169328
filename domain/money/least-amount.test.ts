import { expect, it } from '@jest/globals';
import { GATEWAYS, type GatewayName } from '#domain/vendors.ts';
import { CURRENCIES } from './currencies.ts';
import { gatewaysTaking, howToCollect, leastAmount } from './least-amount.ts';
import { money } from './money.ts';

const cases: [minor: number, currency: string, gateway: GatewayName, how: string, because: string][] = [
  [50, 'EUR', 'stripe', 'all', 'it is the least'],
  [49, 'EUR', 'stripe', 'nothing', 'it is below the least and below 1.00'],
  [5, 'EUR', 'paypal', 'all', 'PayPal takes cents'],
  [0, 'EUR', 'stripe', 'all', 'nothing is owed, so nothing is too little'],
  [99, 'PLN', 'stripe', 'nothing', 'it is below 1.00'],
  [100, 'PLN', 'stripe', 'too_little', 'it is a whole zloty, and Stripe takes two'],
  [49, 'JPY', 'stripe', 'too_little', 'a yen is a whole unit'],
  [17_499, 'HUF', 'stripe', 'too_little', 'Stripe takes 175 forints'],
  [99, 'HUF', 'paypal', 'nothing', 'PayPal knows no fillers'],
];
it.each(cases)('%i %s at %s: %s, because %s', (minor, currency, gateway, how) => {
  expect(howToCollect(money(minor, currency), gateway)).toBe(how);
});

it.each([
  [50, 'EUR', ['stripe', 'paypal'], 'it is the least at Stripe'],
  [49, 'EUR', ['paypal'], 'Stripe takes half a euro'],
  [99, 'HUF', [], 'PayPal knows no fillers'],
  [0, 'HUF', ['stripe', 'paypal'], 'there is nothing to pay'],
])('%i %s is taken by %j, because %s', (minor, currency, taking) => {
  expect(gatewaysTaking(money(minor, currency), GATEWAYS)).toEqual(taking);
  expect(gatewaysTaking(money(minor, currency), [])).toEqual([]);
});

it('every currency has a least amount at every gateway', () => {
  for (const gateway of GATEWAYS)
    for (const currency of CURRENCIES) expect(leastAmount(gateway, currency).minor).toBeGreaterThan(0);
});
