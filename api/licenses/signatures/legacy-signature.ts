import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { LicenseCheck } from '#api/contracts/validate.ts';

/**
 * The signature of panels that know no credential of their own. It does not cover the feature, and depends on the
 * address we see; so it is off unless a secret of its own is set. Source: the NextPanel contract, part B4.
 */
export interface LegacyQuestion {
  check: LicenseCheck;
  /** The raw body, for `additional_data` as it was written. */
  body: Uint8Array;
  network: string;
  userAgent: string;
  acceptLanguage: string;
}

const hex256 = (text: string) => createHash('sha256').update(text).digest('hex');

export function legacySignature(secret: string, question: LegacyQuestion): string {
  const { check, body, network, userAgent, acceptLanguage } = question;
  const languages = hex256(acceptLanguage).slice(0, 8);
  const fingerprint = hex256(`ip:${network}|ua:${hex256(userAgent).slice(0, 16)}|lang:${languages}`);
  let text = `${check.license_key}|${check.timestamp}|${fingerprint}`;
  if (check.additional_data && Object.keys(check.additional_data).length > 0) {
    text += `|${sortedJson(asWritten(body).additional_data!)}`;
  }
  return createHmac('sha256', secret).update(text).digest('hex');
}

export function sameSignature(expected: string, given: string): boolean {
  const right = Buffer.from(expected, 'latin1');
  const other = Buffer.from(given, 'latin1');
  return other.length === right.length && timingSafeEqual(right, other);
}

/** A number keeps the text it was written with: 1.0 and 1 are not signed alike. */
class Written {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}
type Value = null | boolean | string | Written | Value[] | { [key: string]: Value };

type WithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => Record<string, Value>;

const asWritten = (body: Uint8Array): Record<string, Value> =>
  (JSON.parse as unknown as WithSource)(Buffer.from(body).toString('utf8'), (_key, value, { source }) =>
    typeof value === 'number' ? new Written(source!) : value,
  );

/** Python's `json.dumps(value, sort_keys=True)`: `", "` and `": "`, non-ASCII escaped, its way to write numbers. */
export function sortedJson(value: Value): string {
  if (value instanceof Written) return pythonNumber(value.source);
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(', ')}]`;
  if (value === null || typeof value !== 'object') return ascii(JSON.stringify(value));
  const keys = Object.keys(value).sort(byCodePoint);
  return `{${keys.map((key) => `${ascii(JSON.stringify(key))}: ${sortedJson(value[key]!)}`).join(', ')}}`;
}

/** Python escapes everything but printable ASCII; JavaScript leaves DEL and what is above it. */
const ascii = (text: string): string =>
  text.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** An integer as it is, anything else as Python's shortest `repr`. */
export function pythonNumber(source: string): string {
  if (!/[.eE]/.test(source)) return source === '-0' ? '0' : source;
  const value = Number(source);
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const [digits = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const exponent = Number(exponentText);
  if (value === 0) return `${sign}0.0`;
  if (exponent < -4 || exponent >= 16) {
    return `${sign}${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = digits.replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${plain}`;
  const whole = plain.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${plain.slice(exponent + 1) || '0'}`;
}
