import { queryOptions } from '@tanstack/react-query';
import { ask, client } from '../api.ts';

export const nodesQuery = queryOptions({
  queryKey: ['nodes'],
  queryFn: async () => (await ask(client.nodes.$get())).nodes,
  refetchInterval: 15_000,
});
