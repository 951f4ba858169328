/**
 * The one way out. Whatever calls the outside world over HTTP gets its `fetch` here, so that no address a person
 * typed, and no name a stranger controls, leads into our own network, and every call is told of.
 */
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { Agent as UndiciAgent, fetch as undiciFetch, Response as UndiciResponse } from 'undici';
import { recordedFetch, type Callee, type RecordCall } from './calls.ts';
import { openConnection, resolveBySystem, type ConnectConfig, type Resolve } from './egress/connection.ts';
import { bareHost, createPolicy, EgressBlocked, type EgressPurpose } from './egress/policy.ts';

export { EgressBlocked, parseListed, type EgressPurpose } from './egress/policy.ts';

export interface EgressConfig {
  purpose: EgressPurpose;
  /** Whom it leads to, and who keeps what was asked of them. */
  callee: Callee;
  record: RecordCall;
  /**
   * What the operator listed outside the admin pages: `host:port`, `network/bits:port` or, where plain http is
   * meant, the exact origin `http://host:port`. Private addresses, loopback and unusual ports are reached only so.
   */
  allow?: readonly string[];
  /** The only origins this way out is for; a redirect that a library follows by itself then ends here. */
  only?: readonly string[];
  /** Certificate authorities instead of the public ones, PEM. */
  ca?: string | string[];
  /** From the request to the last byte of the answer, for `fetch`; 60 s unless told. */
  timeoutMs?: number;
  /** 5 s unless told. */
  connectTimeoutMs?: number;
  /** After decompression, for `fetch`; 5 MiB unless told. */
  maxResponseBytes?: number;
  /** The system's resolver unless told. */
  resolve?: Resolve;
}

export interface Egress {
  /** Never follows a redirect: a 3xx is an answer like another. Takes an address, not a `Request`. */
  fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/** undici wants a callback: an error, or null and the socket. */
type Connected = (error: Error | null, socket: Socket) => void;
const open = callbackify(openConnection);

/** @throws RangeError when an entry of `allow` cannot be read */
export function createEgress(config: EgressConfig): Egress {
  const {
    purpose,
    allow = [],
    only,
    timeoutMs = 60_000,
    connectTimeoutMs = 5_000,
    maxResponseBytes = 5 * MIB,
  } = config;
  const policy = createPolicy(purpose, allow, only);
  const connecting: ConnectConfig = {
    policy,
    resolve: config.resolve ?? resolveBySystem,
    connectTimeoutMs,
    ca: config.ca,
  };

  const dispatcher = new UndiciAgent({
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === 'https:';
      const destination = { host: bareHost(hostname), port: Number(port || (secure ? 443 : 80)), secure };
      open(destination, connecting, callback as Connected);
    },
  });

  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    if (typeof input === 'object' && 'method' in input) throw new TypeError('Give fetch an address, not a Request.');
    policy.checkUrl(parseUrl(String(input)));
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await undiciFetch(String(input), {
      ...(init as object),
      redirect: 'manual',
      signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
      dispatcher,
    });
    return limited(response, maxResponseBytes);
  };

  return {
    fetch: recordedFetch(fetch as typeof globalThis.fetch, config.callee, config.record),
    close: () => dispatcher.destroy(),
  };
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new EgressBlocked('That is not an address. Write it as https://host/path.');
  }
}

/** The same answer, whose body ends with an error once it is larger than `limit` bytes, as counted after decompression. */
function limited(response: UndiciResponse, limit: number): Response {
  if (!response.body) return response as unknown as Response;
  let bytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > limit) {
          const error = new Error(`the answer is larger than ${limit} bytes`);
          controller.error(Object.assign(error, { code: 'EGRESS_TOO_LARGE' }));
        } else controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new UndiciResponse(counted, { status, statusText, headers }) as unknown as Response;
}
