import { QueryClient } from '@tanstack/react-query';
import { Refused } from '../api.ts';

/** Answers are kept in this page's memory and nowhere else. */
export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && !(error instanceof Refused && error.status < 500),
    },
  },
});
