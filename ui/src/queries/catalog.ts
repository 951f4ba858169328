import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { PlanView } from '#api/contracts/catalog.ts';
import { ask, client } from '../api.ts';

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: async () => (await ask(client.plans.$get())).plans,
  staleTime: 60_000,
});
/** For what a price pays. */
export type Cycle = Plan['prices'][number]['cycle'];
export type Plan = z.infer<typeof PlanView>;
