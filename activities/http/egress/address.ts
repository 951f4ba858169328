/**
 * What an address is, for the one question of `policy.ts`: may we connect to it?
 * Sources: the IANA special-purpose address registries; RFC 4291, 3056, 4380, 6052, 8215, 5214 for IPv4 inside IPv6.
 */
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Verdict {
  /** `private` covers loopback too: reachable only where the operator listed it. `blocked`: never. */
  kind: 'public' | 'private' | 'blocked';
  /** The address that was judged: of IPv4 inside IPv6, the embedded one. */
  judged: Address;
  /** In words for messages: "loopback", "linkLocal", "metadata service". */
  range: string;
}

/** Cloud metadata services whose addresses lie in ranges that may otherwise be listed, or that are public. */
const METADATA = new Set([
  'fd00:ec2::254', // AWS over IPv6
  '100.100.100.200', // Alibaba Cloud
  '168.63.129.16', // Azure's wire server
]);

const PRIVATE = new Set(['private', 'carrierGradeNat', 'uniqueLocal', 'loopback']);

/** @param text  an IPv4 or IPv6 address in any notation; what does not parse is blocked */
export function judgeAddress(text: string): Verdict {
  if (!ipaddr.isValid(text)) return { kind: 'blocked', judged: new ipaddr.IPv4([0, 0, 0, 0]), range: 'not an address' };
  const address = ipaddr.parse(text);
  const verdicts = embedded(address).map(judgeOne);
  // Teredo carries two addresses: the worse one decides.
  return (
    verdicts.find(({ kind }) => kind === 'blocked') ?? verdicts.find(({ kind }) => kind === 'private') ?? verdicts[0]!
  );
}

function judgeOne(address: Address): Verdict {
  const range: string = address.range();
  if (METADATA.has(address.toString())) return { kind: 'blocked', judged: address, range: 'metadata service' };
  if (PRIVATE.has(range)) return { kind: 'private', judged: address, range };
  if (range !== 'unicast') return { kind: 'blocked', judged: address, range };
  // Outside 2000::/3 nothing of IPv6 is global unicast, whatever a library calls it.
  const global = address.kind() === 'ipv4' || (address.toByteArray()[0]! & 0xe0) === 0x20;
  return global ? { kind: 'public', judged: address, range } : { kind: 'blocked', judged: address, range: 'reserved' };
}

/** The IPv4 addresses that an IPv6 address stands for, or the address itself. */
function embedded(address: Address): Address[] {
  if (address.kind() === 'ipv4') return [address];
  const bytes = address.toByteArray();
  const v4 = (from: number, flip = 0) => new ipaddr.IPv4(bytes.slice(from, from + 4).map((byte) => byte ^ flip));
  const starts = (...prefix: number[]) => prefix.every((byte, at) => bytes[at] === byte);
  const zeros = (from: number, to: number) => bytes.slice(from, to).every((byte) => byte === 0);
  // :: and ::1 are themselves; every other address of ::/96 is an "IPv4-compatible" one.
  if (zeros(0, 12)) return zeros(12, 15) && bytes[15]! <= 1 ? [address] : [v4(12)];
  if (zeros(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff) return [v4(12)]; // mapped
  if (zeros(0, 8) && bytes[8] === 0xff && bytes[9] === 0xff && zeros(10, 12)) return [v4(12)]; // translated
  if (starts(0x20, 0x02)) return [v4(2)]; // 6to4
  if (starts(0x00, 0x64, 0xff, 0x9b) && zeros(4, 12)) return [v4(12)]; // NAT64
  if (starts(0x20, 0x01, 0x00, 0x00)) return [v4(4), v4(12, 0xff)]; // Teredo: its server, and the client inverted
  const isatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return isatap ? [address, v4(12)] : [address];
}
