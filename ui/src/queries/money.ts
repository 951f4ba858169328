import { queryOptions } from '@tanstack/react-query';
import { ask, client } from '../api.ts';

export const gatewaysQuery = queryOptions({
  queryKey: ['gateways'],
  queryFn: async () => (await ask(client.gateways.$get())).gateways,
  staleTime: 60_000,
});

export const gatewayHealthQuery = queryOptions({
  queryKey: ['gateway-health'],
  queryFn: async () => (await ask(client.gateways.health.$get())).gateways,
  refetchInterval: 15_000,
});
