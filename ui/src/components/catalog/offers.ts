import { Cycle as CYCLE } from '#api/contracts/catalog.ts';
import type { Cycle, Plan } from '../../queries/catalog.ts';

export interface Offer {
  cycle: Cycle;
  currency: string;
}

/** What is looked at: what the address says where it is on offer, else the first that is. */
export function offerOf(plans: readonly Plan[], { cycle, currency }: Partial<Offer>) {
  const currencies = [...new Set(plans.flatMap(({ prices }) => prices.map(({ price }) => price.currency)))].sort();
  const chosen = currency && currencies.includes(currency) ? currency : (currencies[0] ?? 'EUR');
  const prices = plans.flatMap((plan) => plan.prices).filter(({ price }) => price.currency === chosen);
  const cycles = CYCLE.options.filter((one) => prices.some((price) => price.cycle === one));
  const usual = cycles.includes('monthly') ? 'monthly' : (cycles[0] ?? 'monthly');
  return { cycle: cycle && cycles.includes(cycle) ? cycle : usual, cycles, currency: chosen, currencies };
}
