import { hc } from 'hono/client';
import type { Api } from './app.ts';
import { API_PREFIX } from './contracts/prefix.ts';

/**
 * The API as typed functions, for the pages and the command line: `client.orders.$post({ json, header })`.
 * @param origin  "https://portal.example", or nothing in a page of the same origin
 */
export const createClient = (origin: string, options: Parameters<typeof hc>[1] = {}) =>
  hc<Api>(`${origin.replace(/\/+$/, '')}${API_PREFIX}`, options);

export type Client = ReturnType<typeof createClient>;
