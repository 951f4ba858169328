/** PostgreSQL's words for "not now": going away, starting, full, a lock that was not given. */
const DATABASE_AWAY = /^(08...|53[34]00|57P0[123]|55000|55P03|25P0[34])$/;
const NETWORK_AWAY = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN)$/;
/** The pool and the driver say these without a code. */
const AWAY_TEXT =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

/** Whether the database could not be asked, which is neither a yes nor a no. */
export function isDatabaseAway(error: unknown): boolean {
  for (
    let at = error as { code?: unknown; message?: unknown; cause?: unknown } | undefined;
    at;
    at = at.cause as typeof at
  ) {
    const code = String(at.code ?? '');
    if (DATABASE_AWAY.test(code) || NETWORK_AWAY.test(code) || AWAY_TEXT.test(String(at.message ?? ''))) return true;
  }
  return false;
}
