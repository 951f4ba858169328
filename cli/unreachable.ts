import { isDatabaseAway } from '#db/away.ts';

/** No way there, or no such role, password or database. Source: Node's and PostgreSQL's error codes. */
const CODES = /^(EHOST|ENET|28|3D)/;

/** Whether an error says that a database cannot be used now or signed in to, rather than that it refused something. */
export const isUnreachable = (error: unknown): error is Error & { code?: string } =>
  isDatabaseAway(error) || CODES.test(String((error as { code?: unknown } | null)?.code ?? ''));
