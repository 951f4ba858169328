import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import { newId } from '#domain/ids.ts';
import { isLoopback } from './middleware/network.ts';
import { Problem } from './problem.ts';

type Answer = Response | Promise<Response>;
interface Fetches {
  fetch(request: Request, env: HttpBindings): Answer;
}

export interface ServeOptions {
  app: Fetches;
  /** Asked first, for the addresses panels use. */
  licenses: Fetches & { paths: readonly string[] };
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Logger;
  limits?: ServerLimits;
}

/** What a slow or greedy client can hold, and for how long (IN-02, IN-03). Bytes and milliseconds. */
export const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  /** Node waits so much longer than it says, for a request that is on its way. */
  keepAliveTimeoutBuffer: 1_000,
  connectionsCheckingInterval: 2_000,
  /** Without a byte in either direction: who does not read his answer. Event streams say something every 15 s. */
  silence: 120_000,
};
export type ServerLimits = typeof LIMITS;
/** From one address that is not this machine; a proxy in front counts as one. */
const CONNECTIONS_PER_ADDRESS = 512;
/** Requests that run may end within this; event streams do not end by themselves. */
const DRAIN_MS = 3_000;

function pathOf(url: string): string {
  const start = url.indexOf('/', 8);
  const query = url.indexOf('?', start);
  return query === -1 ? url.slice(start) : url.slice(start, query);
}

/**
 * A request that says twice where it goes, or in its first line elsewhere than in its `Host`: what is before us may have
 * read the other one (WEB-06).
 */
export function misaddressed({ rawHeaders, url = '', headers }: HttpBindings['incoming']): Response | undefined {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  const named = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (hosts <= 1 && (named === undefined || named.toLowerCase() === headers.host?.toLowerCase())) return undefined;
  const refusal = new Problem(
    400,
    'misaddressed',
    'The request names more than one host. Send one Host header, and no other host in the address.',
  );
  return new Response(JSON.stringify(refusal.body(newId())), {
    status: refusal.status,
    headers: { 'content-type': 'application/problem+json', connection: 'close' },
  });
}

/** Listens, with limits on what slow and greedy clients can hold. */
export async function serve({ app, licenses, host, port, log, limits = LIMITS }: ServeOptions) {
  const { silence, ...serverOptions } = limits;
  const panelPaths = new Set(licenses.paths.flatMap((path) => [path, `${path}/`]));
  const server = createAdaptorServer({
    fetch: (request, env) =>
      misaddressed((env as HttpBindings).incoming) ??
      (panelPaths.has(pathOf(request.url)) ? licenses : app).fetch(request, env as HttpBindings),
    serverOptions,
    hostname: host,
  }) as Server;
  server.setTimeout(silence);
  boundConnections(server, CONNECTIONS_PER_ADDRESS);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { address, family, port: taken } = server.address() as AddressInfo;
  server.on('error', (error) => log.error({ err: error }, 'the server has a problem'));

  return {
    address: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    port: taken,
    /** Takes no new requests, lets those that run end, and closes the rest. */
    async stop(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

/** @param most  at once from one address that is not this machine */
export function boundConnections(server: EventEmitter, most: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const from = socket.remoteAddress ?? '';
    if (isLoopback(from)) return;
    const count = (open.get(from) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    open.set(from, count);
    socket.once('close', () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left > 0) open.set(from, left);
      else open.delete(from);
    });
  });
}
