/** The few shapes of ASN.1 DER that a certificate is made of. Source: ITU-T X.690. */

/** Tag, length, value. */
function node(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

export const sequence = (...parts: Uint8Array[]) => node(0x30, ...parts);
export const set = (...parts: Uint8Array[]) => node(0x31, ...parts);
export const nothing = () => node(0x05);
export const boolean = (value: boolean) => node(0x01, Buffer.from([value ? 0xff : 0]));
export const octets = (...parts: Uint8Array[]) => node(0x04, ...parts);
export const utf8 = (text: string) => node(0x0c, Buffer.from(text, 'utf8'));
/** @param unused  how many bits at the end do not count */
export const bits = (content: Uint8Array, unused = 0) => node(0x03, Buffer.from([unused]), content);
/** Context-specific: constructed around other nodes, or primitive around bytes. */
export const tagged = (number: number, ...parts: Uint8Array[]) => node(0xa0 | number, ...parts);
export const implicit = (number: number, content: Uint8Array) => node(0x80 | number, content);

/** Unsigned, big-endian. */
export function integer(content: Uint8Array): Buffer {
  const digits = Buffer.from(content);
  const first = digits.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.from([0]) : digits.subarray(first);
  // A leading 1 bit would read as a minus.
  return (significant[0] ?? 0) & 0x80 ? node(0x02, Buffer.from([0]), significant) : node(0x02, significant);
}

/** Dotted: "2.5.4.3". */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const digits = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  };
  return node(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime until 2049, GeneralizedTime after, as RFC 5280 wants it. */
export function time(instant: Date): Buffer {
  const digits = instant.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return instant.getUTCFullYear() < 2050
    ? node(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : node(0x18, Buffer.from(digits, 'latin1'));
}
