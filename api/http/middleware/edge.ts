import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { newId } from '#domain/ids.ts';
import type { ApiEnv } from '../context.ts';
import { Problem } from '../problem.ts';
import type { Gate } from '../context.ts';
import { addressList, clientAddress, isLoopback } from './network.ts';
import type { Origins } from './origins.ts';

/** On every answer (WEB-04); pages set their own policy of content and caching over it. */
export const HEADERS: readonly (readonly [string, string])[] = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"],
  ['strict-transport-security', 'max-age=31536000; includeSubDomains'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['cache-control', 'no-store'],
];
const MAX_URL = 8 * 1024;
/** Probes ask by whatever name the machine has. */
const ANY_HOST = new Set(['/health', '/healthz', '/readyz']);

export interface EdgeParts {
  gate: Gate;
  requestHash: (body: Uint8Array) => Buffer;
  origins: Origins;
  trustedProxies: readonly string[];
  clock: () => Date;
  log: Logger;
}

/** The first thing every request passes: what it is called, when and whence it came, and what no route takes. */
export function edge({ gate, requestHash, origins, trustedProxies, clock, log }: EdgeParts): MiddlewareHandler<ApiEnv> {
  const trusted = addressList(trustedProxies);
  return async (c, next) => {
    const requestId = newId();
    const peer = c.env?.incoming?.socket.remoteAddress;
    const asOf = clock();
    c.set('requestId', requestId);
    c.set('asOf', asOf);
    c.set('network', clientAddress(peer, c.req.header('x-forwarded-for'), trusted));
    c.set('actor', { type: 'anonymous' });
    c.set('allowanceLeft', Number.POSITIVE_INFINITY);
    c.set('gate', gate);
    c.set('requestHash', requestHash);
    c.set('log', log);
    for (const [name, value] of HEADERS) c.header(name, value);
    c.header('x-request-id', requestId);

    if (c.req.url.length > MAX_URL)
      throw new Problem(414, 'url_too_long', `The address is longer than ${MAX_URL} bytes.`);
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    const ownProbe =
      ANY_HOST.has(c.req.path) ||
      (peer !== undefined && isLoopback(peer) && /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host));
    if (!origins.hosts.has(host.toLowerCase()) && !ownProbe) {
      throw new Problem(
        421,
        'unknown_host',
        'This server does not answer to that host name. PUBLIC_URL says which one it has.',
      );
    }
    await next();

    // The pattern, never the address: addresses may carry what must not be logged.
    const { status } = c.res;
    const actor = c.get('actor').type;
    const quiet = status < 400 && (c.req.method === 'GET' || actor === 'panel' || actor === 'gateway');
    log[quiet ? 'debug' : 'info'](
      { requestId, method: c.req.method, route: routePath(c), status, actor, ms: Date.now() - asOf.getTime() },
      'request',
    );
  };
}
