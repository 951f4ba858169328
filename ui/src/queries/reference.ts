import { queryOptions } from '@tanstack/react-query';
import { askForFile } from '../api.ts';
import type { ApiDocument } from '../components/reference/document.ts';

/** The description of the API, which may be for staff only. */
export const referenceQuery = queryOptions({
  queryKey: ['reference'],
  queryFn: () => askForFile<ApiDocument>('/openapi.json'),
  staleTime: Infinity,
});
