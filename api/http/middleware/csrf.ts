import { createHmac, timingSafeEqual } from 'node:crypto';
import { derive } from '#db/secrets/seal.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import type { Origins } from './origins.ts';

export const CSRF_HEADER = 'x-csrf-token';
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
export const isSafe = (method: string): boolean => SAFE.has(method);

const refused = (detail: string) => new Problem(403, 'cross_site', detail);

/**
 * Keeps other sites from acting with a browser's cookie (WEB-01).
 * @param secret  SESSION_SECRET, base64
 */
export function createCsrf(secret: string, { origins }: Origins) {
  const key = derive(Buffer.from(secret, 'base64'), 'csrf');
  const tokenOf = (sessionId: string) => createHmac('sha256', key).update(sessionId).digest('base64url');

  return {
    /** What pages send in the header with every change; worth nothing with another session. */
    tokenOf,

    /** For changes anybody may make, such as signing in: a browser that says whose page asks must name ours. */
    checkOrigin(c: ApiContext): void {
      const origin = c.req.header('origin');
      if (origin !== undefined && !origins.has(origin)) throw refused('Pages of another origin may not do this.');
      const site = c.req.header('sec-fetch-site');
      if (site !== undefined && site !== 'same-origin' && site !== 'none') {
        throw refused('Pages of another origin may not do this.');
      }
    },

    /** For changes made with a session's cookie. */
    checkSession(c: ApiContext, sessionId: string): void {
      if (!c.req.header('origin'))
        throw refused('A change with a session cookie needs the Origin header of our pages.');
      this.checkOrigin(c);
      const type = c.req.header('content-type');
      if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) throw refused('Send JSON.');
      const expected = Buffer.from(tokenOf(sessionId));
      const given = Buffer.from(c.req.header(CSRF_HEADER) ?? '');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw refused(`Send the session's token as ${CSRF_HEADER}; GET /api/v2/me has it.`);
      }
    },
  };
}
export type Csrf = ReturnType<typeof createCsrf>;
