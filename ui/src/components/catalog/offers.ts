import { type Plan } from '../../queries/catalog.ts';

export interface Offer {
  cycle: 'monthly' | 'yearly';
  currency: string;
}

/** What is looked at: what the address says where it is on offer, else the first that is. */
export function offerOf(plans: readonly Plan[], { cycle = 'monthly', currency }: Partial<Offer>) {
  const currencies = [...new Set(plans.flatMap(({ prices }) => prices.map(({ price }) => price.currency)))].sort();
  const chosen = currency && currencies.includes(currency) ? currency : (currencies[0] ?? 'EUR');
  return { cycle, currency: chosen, currencies };
}
