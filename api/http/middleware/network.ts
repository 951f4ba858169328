import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** IPv4 in IPv6 clothes is IPv4. */
const parse = (text: string): Address | undefined => {
  try {
    return ipaddr.process(text.trim());
  } catch {
    return undefined;
  }
};

/**
 * @param list  addresses and CIDR ranges
 * @throws Error naming what is neither
 */
export function addressList(list: readonly string[]): AddressList {
  const ranges = list.map(rangeOf);
  return {
    empty: ranges.length === 0,
    has(text) {
      const address = parse(text);
      return !!address && ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
    },
    covers(text) {
      const [inner, length] = rangeOf(text);
      return ranges.some(
        ([range, bits]) => range.kind() === inner.kind() && length >= bits && inner.match(range, bits),
      );
    },
  };
}

export interface AddressList {
  has(address: string): boolean;
  /** Whether all of an address or range is in one of these. */
  covers(range: string): boolean;
  empty: boolean;
}

function rangeOf(text: string): [Address, number] {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw new Error(`"${text}" is neither an address nor a CIDR range.`);
  }
}

/**
 * Who sent the request: the peer, unless it is a trusted proxy; then the right-most hop of X-Forwarded-For
 * that is no trusted proxy (IN-09). What a client wrote further left is never looked at.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: { has(address: string): boolean },
): string {
  const known = parse(peer ?? '')?.toString() ?? 'unknown';
  if (!forwardedFor || !trusted.has(known)) return known;
  for (const hop of forwardedFor.split(',').reverse()) {
    const address = parse(hop)?.toString();
    if (!address) return known;
    if (!trusted.has(address)) return address;
  }
  return known;
}

/** What is counted as one client: an IPv4 address, or the /64 an IPv6 address lies in. */
export function networkKey(address: string): string {
  const parsed = parse(address);
  if (!parsed || parsed.kind() === 'ipv4') return address;
  const bytes = parsed.toByteArray().map((byte, i) => (i < 8 ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/64`;
}

export const isLoopback = (address: string): boolean => parse(address)?.range() === 'loopback';
