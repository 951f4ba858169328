import { queryOptions } from '@tanstack/react-query';
import { ask, client } from '../api.ts';

export const gatewaysQuery = queryOptions({
  queryKey: ['gateways'],
  queryFn: async () => (await ask(client.gateways.$get())).gateways,
  staleTime: 60_000,
});
