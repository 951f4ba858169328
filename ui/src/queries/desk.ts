import { queryOptions } from '@tanstack/react-query';
import { ask, client } from '../api.ts';

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
