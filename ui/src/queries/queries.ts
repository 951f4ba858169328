import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { PlanView } from '#api/contracts/catalog.ts';
import type { OrderSummary as OrderSummaryContract } from '#api/contracts/orders.ts';
import type { Me as MeContract } from '#api/contracts/people.ts';
import { ask, client, holdCsrfToken, Refused, whenStranger } from '../api.ts';

export type Me = z.infer<typeof MeContract>;

/** Answers are kept in this page's memory and nowhere else. */
export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && !(error instanceof Refused && error.status < 500),
    },
  },
});

/** Who is signed in; null for nobody. Asked again when the page is looked at again: another tab may have changed it. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me | null> => {
    const me = await ask(client.me.$get()).catch((error: unknown) => {
      if (error instanceof Refused && error.status === 401) return null;
      throw error;
    });
    holdCsrfToken(me?.csrf_token ?? null);
    return me;
  },
});

/** Takes over another identity: nothing of the one before stays in memory. */
export function signedIn(me: Me): void {
  holdCsrfToken(me.csrf_token);
  forgetPersonal();
  queries.setQueryData(meQuery.queryKey, me);
}

export function signedOut(): void {
  holdCsrfToken(null);
  queries.setQueryData(meQuery.queryKey, null);
}

// The session ended, here or elsewhere: whoever shows personal things notices, and asks to sign in.
whenStranger(signedOut);

/** Plans and ways to pay are everybody's. */
const PUBLIC = new Set(['me', 'plans', 'gateways']);
export const forgetPersonal = (): void =>
  queries.removeQueries({ predicate: ({ queryKey }) => !PUBLIC.has(String(queryKey[0])) });

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: async () => (await ask(client.plans.$get())).plans,
  staleTime: 60_000,
});
export type Plan = z.infer<typeof PlanView>;

export const gatewaysQuery = queryOptions({
  queryKey: ['gateways'],
  queryFn: async () => (await ask(client.gateways.$get())).gateways,
  staleTime: 60_000,
});

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

export const openIncidentsQuery = queryOptions({
  queryKey: ['incidents', 'open'],
  queryFn: async () => (await ask(client.incidents.$get({ query: { status: 'open', limit: 100 } }))).incidents,
  refetchInterval: 5_000,
});

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['incidents', 'one', id],
    queryFn: () => ask(client.incidents[':id'].$get({ param: { id } })),
    refetchInterval: ({ state }) => (state.data?.status === 'open' ? 5_000 : false),
  });

export const tasksQuery = queryOptions({
  queryKey: ['tasks'],
  queryFn: async () => (await ask(client.tasks.$get({ query: { limit: 100 } }))).tasks,
  refetchInterval: 15_000,
});

export const nodesQuery = queryOptions({
  queryKey: ['nodes'],
  queryFn: async () => (await ask(client.nodes.$get())).nodes,
  refetchInterval: 15_000,
});

export const panelPasswordQuery = (token: string) =>
  queryOptions({
    queryKey: ['panel-password', token],
    queryFn: () => ask(client['panel-password'][':token'].$get({ param: { token } })),
    // Asked once: a used link must not take the answer to its use off the screen.
    staleTime: Infinity,
  });
