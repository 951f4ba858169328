import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { ApiContext } from '#api/http/context.ts';

const NAME = '__Host-sid';
/** Some browsers keep no `Secure` cookie over plain HTTP, not even of their own machine; the sandbox gives them this. */
const PLAIN_NAME = 'sid';

export type SessionCookie = ReturnType<typeof createSessionCookie>;

/**
 * The cookie that holds a session's token (AUTH-09).
 * @param plainLoopback  browsers reach us by plain HTTP on this machine; never true behind https
 */
export function createSessionCookie(plainLoopback: boolean) {
  const shared = { httpOnly: true, sameSite: 'Lax', path: '/' } as const;
  return {
    read: (c: ApiContext): string | undefined =>
      getCookie(c, NAME) ?? (plainLoopback ? getCookie(c, PLAIN_NAME) : undefined),
    write(c: ApiContext, token: string, maxAgeSeconds: number): void {
      setCookie(c, NAME, token, { ...shared, secure: true, maxAge: maxAgeSeconds });
      if (plainLoopback) setCookie(c, PLAIN_NAME, token, { ...shared, maxAge: maxAgeSeconds });
    },
    clear(c: ApiContext): void {
      deleteCookie(c, NAME, { ...shared, secure: true });
      if (plainLoopback) deleteCookie(c, PLAIN_NAME, shared);
    },
  };
}
