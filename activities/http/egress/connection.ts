/** Connections to addresses that were checked, and to no other. */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { errors } from 'undici';
import type { Destination, EgressPolicy } from './policy.ts';

/** Every address of a name, in the order the system prefers. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export const resolveBySystem: Resolve = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

export interface ConnectConfig {
  policy: EgressPolicy;
  resolve: Resolve;
  connectTimeoutMs: number;
  /** Certificate authorities instead of the public ones, PEM: a panel's own. */
  ca?: string | string[] | undefined;
}

/**
 * Opens a connection: resolves the name once, checks all its addresses, and pins the connection to them, while
 * the certificate is still checked against the name. Rejects with `EgressBlocked`, an error of DNS, TCP or TLS,
 * or undici's `ConnectTimeoutError`.
 */
export async function openConnection(destination: Destination, config: ConnectConfig): Promise<Socket> {
  const { policy, resolve, connectTimeoutMs } = config;
  const { host, port } = destination;
  policy.checkDestination(destination);
  const giveUp = new AbortController();
  const timer = setTimeout(() => {
    giveUp.abort(new errors.ConnectTimeoutError(`no connection to ${host}:${port} within ${connectTimeoutMs} ms`));
  }, connectTimeoutMs);
  try {
    const family = isIP(host);
    const addresses = family ? [{ address: host, family }] : await orAborted(resolve(host), giveUp.signal);
    policy.checkAddresses(
      destination,
      addresses.map(({ address }) => address),
    );
    if (addresses.length === 0) throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
    return await connectTo(addresses, destination, config, giveUp.signal);
  } finally {
    clearTimeout(timer);
  }
}

const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
  ]);

function connectTo(
  addresses: LookupAddress[],
  { host, port, secure }: Destination,
  { ca }: ConnectConfig,
  signal: AbortSignal,
): Promise<Socket> {
  // Node tries these in turn and never asks a resolver: what was checked is what is called.
  const lookup: LookupFunction = (_host, options, callback) => {
    if (options.all) callback(null, addresses);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
  return new Promise((resolve, reject) => {
    const socket = secure
      ? connectTls({
          host,
          port,
          lookup,
          // An address has no name to send; its certificate must carry the address itself.
          servername: isIP(host) ? '' : host,
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
          rejectUnauthorized: true,
          ...(ca ? { ca } : {}),
        })
      : connectTcp({ host, port, lookup });
    const stop = () => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    socket.once('error', reject);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      signal.removeEventListener('abort', stop);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
