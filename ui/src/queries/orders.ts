import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { OrderSummary as OrderSummaryContract } from '#api/contracts/orders.ts';
import { ask, client } from '../api.ts';

export const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ['orders', 'one', id],
    queryFn: () => ask(client.orders[':id'].$get({ param: { id } })),
  });

/** All pages so far of one's own orders; of everybody's for staff, who may search. */
export const ordersQuery = (q = '') =>
  infiniteQueryOptions({
    queryKey: ['orders', 'list', q],
    queryFn: ({ pageParam: after }) => ask(client.orders.$get({ query: { ...(q && { q }), ...(after && { after }) } })),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
export type OrderSummary = z.infer<typeof OrderSummaryContract>;
