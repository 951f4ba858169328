import { expect, it } from '@jest/globals';
import type { Plan } from '../../queries/catalog.ts';
import { offerOf } from './offers.ts';

const plan = (...prices: [cycle: Plan['prices'][number]['cycle'], currency: string][]) =>
  ({
    prices: prices.map(([cycle, currency]) => ({ cycle, price: { amount: '100', currency }, gateways: [] })),
  }) as unknown as Plan;
const plans = [plan(['yearly', 'EUR'], ['monthly', 'EUR'], ['yearly', 'USD']), plan(['one_time', 'EUR'])];

it.each([
  ['nothing is asked for: monthly, in the first currency', {}, 'monthly', 'EUR', ['monthly', 'yearly', 'one_time']],
  ['what is asked for and on offer', { cycle: 'yearly', currency: 'USD' }, 'yearly', 'USD', ['yearly']],
  ['not monthly where that is not on offer', { currency: 'USD' }, 'yearly', 'USD', ['yearly']],
  ['a cycle that nothing has', { cycle: 'weekly' }, 'monthly', 'EUR', ['monthly', 'yearly', 'one_time']],
  ['a currency that nothing has', { currency: 'JPY' }, 'monthly', 'EUR', ['monthly', 'yearly', 'one_time']],
] as const)('%s', (_because, asked, cycle, currency, cycles) => {
  expect(offerOf(plans, asked)).toEqual({ cycle, currency, cycles, currencies: ['EUR', 'USD'] });
});

it('without any plan there is something to show all the same', () => {
  expect(offerOf([], {})).toEqual({ cycle: 'monthly', currency: 'EUR', cycles: [], currencies: [] });
});
