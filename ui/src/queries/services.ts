import { queryOptions } from '@tanstack/react-query';
import { ask, client } from '../api.ts';

export const panelPasswordQuery = (token: string) =>
  queryOptions({
    queryKey: ['panel-password', token],
    queryFn: () => ask(client['panel-password'][':token'].$get({ param: { token } })),
    // Asked once: a used link must not take the answer to its use off the screen.
    staleTime: Infinity,
  });
