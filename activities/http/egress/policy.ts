/** Where we may go: what the operator listed, which ports, and the judgement of addresses. */
import ipaddr from 'ipaddr.js';
import { judgeAddress, type Address } from './address.ts';

export type EgressPurpose = 'panel' | 'gateway' | 'registrar' | 'mail' | 'customer-webhook' | 'other';

/** Ports one expects behind an address of that kind; any other is listed as `host:port`. */
const PORTS: Record<EgressPurpose, readonly number[]> = {
  panel: [443, 2222, 3000, 8443, 9000],
  gateway: [443],
  registrar: [443, 55_443],
  mail: [443],
  'customer-webhook': [443, 8443],
  other: [443],
};

/** `vendor.ts` knows the code: the step parks with this message instead of being repeated. */
export class EgressBlocked extends Error {
  override readonly name = 'EgressBlocked';
  readonly code = 'EGRESS_BLOCKED';
}

/** A line of the operator's list: a host by name or a network, one port, and whether plain http is allowed there. */
interface Listed {
  host?: string;
  network?: [Address, number];
  port: number;
  http: boolean;
}

/**
 * Reads one entry of the operator's list: `panel.lan:9000`, `10.0.0.0/8:9000`, `[fd00::/8]:9000`,
 * `[::1]:9000`, or an exact origin: `http://panel.lan:9000`, where plain http is allowed, `https://panel.lan:9000`.
 * @throws RangeError that names the entry
 */
export function parseListed(entry: string): Listed {
  const wrong = new RangeError(
    `EGRESS_ALLOW: "${entry}" is neither host:port, network/bits:port nor http://host:port. Correct it.`,
  );
  const match = /^(https?:\/\/)?(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(entry.trim());
  if (!match) throw wrong;
  const http = match[1] === 'http://';
  const name = (match[2] ?? match[3]!).toLowerCase();
  const port = match[4] === undefined && match[1] ? (http ? 80 : 443) : Number(match[4]);
  if (!(port >= 1 && port <= 65_535)) throw wrong;
  if (name.includes('/')) {
    if (match[1] || !ipaddr.isValidCIDR(name)) throw wrong;
    return { network: ipaddr.parseCIDR(name), port, http };
  }
  if (match[2] !== undefined && !ipaddr.IPv6.isValid(name)) throw wrong;
  if (match[2] === undefined && !/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(name)) throw wrong;
  return { host: bareHost(name), port, http };
}

/** As hosts are compared: lower case, no brackets, no final dot, addresses in one notation. */
export function bareHost(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare).toString() : bare;
}

export interface Destination {
  host: string;
  port: number;
  secure: boolean;
}

export interface EgressPolicy {
  /** Scheme, credentials, host and port, before anything is resolved. @throws EgressBlocked */
  checkUrl(url: URL): Destination;
  /** Before a connection: the port, plain http only where listed, and no origin but the only ones. @throws EgressBlocked */
  checkDestination(destination: Destination): void;
  /** Every address that the host resolved to must pass. @throws EgressBlocked */
  checkAddresses(destination: Destination, addresses: readonly string[]): void;
}

/** @param only  origins this egress is for, as text; any origin without it */
export function createPolicy(
  purpose: EgressPurpose,
  allow: readonly string[],
  only: readonly string[] | undefined,
): EgressPolicy {
  // What customers name is never in our own network, whatever the operator listed for panels.
  const mayList = purpose !== 'customer-webhook';
  const listed = mayList ? allow.filter((entry) => entry.trim() !== '').map(parseListed) : [];
  const origins = only && new Set(only.map((origin) => new URL(origin).origin));

  const isListed = ({ host, port }: Destination, address: Address) =>
    listed.some(
      (entry) =>
        entry.port === port &&
        (entry.network
          ? entry.network[0].kind() === address.kind() && address.match(entry.network)
          : entry.host === host || entry.host === address.toString()),
    );

  const listingAdvice = ({ host, port }: Destination) =>
    mayList ? ` List "${host}:${port}" in EGRESS_ALLOW if that is meant, then retry.` : '';

  const checkDestination = (destination: Destination) => {
    const { host, port, secure } = destination;
    const origin = originOf(destination);
    if (origins && !origins.has(origin)) {
      throw new EgressBlocked(`${origin} is not where this connection is for (${[...origins].join(', ')}).`);
    }
    const httpListed = listed.some((each) => each.http && each.host === host && each.port === port);
    if (!secure && !httpListed) {
      throw new EgressBlocked(
        `${origin} is not encrypted. Use https, or list exactly "${origin}" in EGRESS_ALLOW, then retry.`,
      );
    }
    if (!PORTS[purpose].includes(port) && !listed.some((entry) => entry.port === port)) {
      throw new EgressBlocked(`Port ${port} of ${host} is not one we call.${listingAdvice(destination)}`);
    }
  };

  return {
    checkUrl(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') {
        throw new EgressBlocked(`${url.protocol} is not a scheme we speak. Use https.`);
      }
      if (url.username || url.password) throw new EgressBlocked('An address carries a user name or password.');
      if (url.hash) throw new EgressBlocked('An address carries a fragment ("#…").');
      const secure = url.protocol === 'https:';
      const destination = { host: bareHost(url.hostname), port: Number(url.port || (secure ? 443 : 80)), secure };
      checkDestination(destination);
      return destination;
    },
    checkDestination,
    checkAddresses(destination, addresses) {
      const { host, port } = destination;
      for (const text of addresses) {
        const { kind, judged, range } = judgeAddress(text);
        const what = text === host ? text : `${host} (${text})`;
        if (kind === 'blocked') throw new EgressBlocked(`${what} is an address we never call: ${range}.`);
        if (isListed(destination, judged)) continue;
        const advice = listingAdvice(destination);
        if (kind === 'private') throw new EgressBlocked(`${what} is not a public address: ${range}.${advice}`);
        if (!PORTS[purpose].includes(port)) {
          throw new EgressBlocked(`Port ${port} of ${what} is not one we call.${advice}`);
        }
      }
    },
  };
}

function originOf({ host, port, secure }: Destination): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return new URL(`${secure ? 'https' : 'http'}://${shown}:${port}`).origin;
}
