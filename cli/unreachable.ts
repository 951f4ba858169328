/** Out of reach, or no such role, password or database. Source: Node's and PostgreSQL's error codes. */
const CODES = /^(ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EAI_|08|28|3D)/;

/** Whether an error says that a database cannot be signed in to, rather than that it refused something. */
export const isUnreachable = (error: unknown): error is Error & { code: string } =>
  CODES.test(String((error as { code?: unknown } | null)?.code ?? ''));
