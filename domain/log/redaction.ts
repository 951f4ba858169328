/**
 * What must never reach a log, by the name of a field and by the look of a value (security.md LOG-02).
 * A hash that looks like a token is lost with it; better so.
 */
const SECRET_FIELD =
  /pass(?:word|phrase|wd)?$|secret|token|authori[sz]ation|cookie|signature|[-_]sig$|api[-_]?key|private[-_]?key|credential|pepper|sealed|card[-_]?number|cvv|cvc|^key$|license[-_]?key|setup/i;

const GONE = '[redacted]';
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, GONE],
  // scheme://user:password@host
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]*:[^\s/@]*@/gi, `$1${GONE}@`],
  [/\b(Bearer|Basic|X-Signature|Digest)\s+[A-Za-z0-9+/=._~:-]{8,}/gi, `$1 ${GONE}`],
  [/\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*/g, GONE],
  [/\$argon2(?:id|i|d)\$[^\s"']+/g, GONE],
  [/\b(?:sk|rk|pk|ek|whsec|hw)_[\w-]{8,}/g, GONE],
  [/\bNP(?:-[A-Z0-9]{4,5}){3,5}\b/gi, GONE],
  // 256 bits in hex or base64: session and set-up tokens, panel keys.
  [/(?<![\w-])[0-9a-f]{64}(?![\w-])/gi, GONE],
  [/(?<![\w+/-])[\w+/-]{43}=?(?![\w+/=-])/g, GONE],
  // What is longer: tokens of gateways in base64url, signatures in base64. Names of things have no such mixture.
  [/(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{44,}(?![\w-])/g, GONE],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{80,}={0,2}/g, GONE],
  [/((?:password|passwd|secret|token|api[-_]?key)["']?\s*[=:]\s*["']?)[^\s"',;&}]+/gi, `$1${GONE}`],
];
/** Not inside hexadecimal with dashes: an id may have digits enough, and be right by chance. */
const CARD = /(?<![0-9a-f-])\d(?:[ -]?\d){12,18}(?![0-9a-f-])/gi;

export function redactText(text: string): string {
  let clean = text;
  for (const [pattern, instead] of VALUES) clean = clean.replace(pattern, instead);
  return clean.replace(CARD, (digits) => (luhn(digits.replaceAll(/\D/g, '')) ? GONE : digits));
}

/** A copy that may be logged: errors with their causes, nested to eight levels, nothing twice. */
export function redact(value: unknown, depth = 0, seen: WeakSet<object> = new WeakSet()): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]';
  if (seen.has(value)) return '[again]';
  if (depth >= 8) return '[deeper]';
  seen.add(value);
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1, seen));
  // Errors of other realms are no `instanceof Error` of ours.
  const error = value as { name?: unknown; message?: unknown; stack?: unknown; cause?: unknown };
  const isError = value instanceof Error || (typeof error.stack === 'string' && typeof error.message === 'string');
  const fields = isError
    ? { type: error.name, message: error.message, stack: error.stack, ...value, cause: error.cause }
    : { ...value };
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [
        name,
        SECRET_FIELD.test(name) && field !== null ? GONE : redact(field, depth + 1, seen),
      ]),
  );
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2 === 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}
