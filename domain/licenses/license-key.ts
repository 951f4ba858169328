/**
 * License keys.
 *
 * The extended form is `NP-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX` in Crockford's base 32: 23 random symbols (115 bits) and
 * two check symbols, the random part's value modulo 1021. 1021 is prime and divides none of 31, 32 and 33 times a
 * symbol's difference, so every wrong symbol and every swap of neighbours is noticed before anything is looked up.
 * The older form is `NP-` and three or four groups of four, 80 random bits without a check.
 * Keys that came from another system have any shape; they are found by their exact text.
 * Source: the licensing contract, section 6; the NextPanel contract, part B2.
 */
export type LicenseKeyForm = 'extended' | 'four_groups';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The older alphabet has L and U, but neither I, O, 0 nor 1. */
const FOUR_GROUPS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const RANDOM_SYMBOLS = 23;
const CHECK_MODULUS = 1021;
const EXTENDED = /^NP[0-9A-HJKMNP-TV-Z]{25}$/;
const OLDER = /^NP(?:-[A-HJ-NP-Z2-9]{4}){3,4}$/;

/** Letters that are read as digits. */
const LOOK_ALIKE = /[OIL]/;
/** How an extended key is written when we issue it. */
const AS_ISSUED = /^NP(?:-[^OIL-]{5}){5}$/;

/** Symbol values of ASCII codes, -1 for none. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => CROCKFORD.indexOf(String.fromCharCode(code)));

/** @param chance  bytes of the platform's cryptographic source, as many as asked for */
export function newLicenseKey(form: LicenseKeyForm, chance: (bytes: number) => Uint8Array): string {
  if (form === 'four_groups') return `NP-${grouped(symbols(chance(10), 16, FOUR_GROUPS), 4)}`;
  // 120 bits arrive, 115 are used.
  const random = symbols(chance(15), RANDOM_SYMBOLS, CROCKFORD);
  return `NP-${grouped(random + checkSymbols(random), 5)}`;
}

/**
 * The one text of a key under which it is stored and found: the same for every way people write, wrap and paste it.
 * Only a key whose check symbols fit is read as an extended one (O as 0, I and L as 1, dashes ignored); in any
 * other key these letters may mean themselves, so it is only trimmed and upper-cased.
 */
export function normalizeLicenseKey(text: string): string {
  const exact = asTyped(text);
  const compact = compacted(exact);
  if (!fits(compact)) return exact;
  return AS_ISSUED.test(exact) ? exact : `NP-${grouped(compact.slice(2), 5)}`;
}

/** Whether a key has a form we issue or issued. An imported key may have none, and exist all the same. */
export function isLicenseKeyShape(text: string): boolean {
  const exact = asTyped(text);
  return OLDER.test(exact) || fits(compacted(exact));
}

/** First five and last four characters, for lists, logs and mails; of a short imported key only the first two. */
export function maskLicenseKey(key: string): string {
  return key.length < 16 ? `${key.slice(0, 2)}…` : `${key.slice(0, 5)}…${key.slice(-4)}`;
}

/** What mails, chats and word processors put into a key: blanks and line breaks of any kind, what nobody sees, long dashes. */
const BLANKS = /[\s\p{Cf}\p{Cc}]/gu;
const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;
const PLAIN = /^[\x21-\x7e]*$/;

const asTyped = (text: string): string =>
  (PLAIN.test(text) ? text : text.replaceAll(BLANKS, '').replaceAll(DASHES, '-')).toUpperCase();

function compacted(exact: string): string {
  const compact = exact.replaceAll('-', '');
  return LOOK_ALIKE.test(compact) ? compact.replaceAll('O', '0').replaceAll('I', '1').replaceAll('L', '1') : compact;
}

const fits = (compact: string): boolean =>
  EXTENDED.test(compact) && compact.slice(-2) === checkSymbols(compact.slice(2, -2));

function checkSymbols(random: string): string {
  let rest = 0;
  for (let i = 0; i < random.length; i += 1) rest = (rest * 32 + VALUES[random.charCodeAt(i)]!) % CHECK_MODULUS;
  return CROCKFORD[rest >> 5]! + CROCKFORD[rest & 31]!;
}

/** Reads bytes as a stream of five-bit symbols. */
function symbols(bytes: Uint8Array, count: number, alphabet: string): string {
  if (bytes.length * 8 < count * 5) throw new RangeError(`${count} symbols need ${Math.ceil((count * 5) / 8)} bytes.`);
  let text = '';
  for (let i = 0; i < count; i += 1) {
    const bit = i * 5;
    const pair = (bytes[bit >> 3]! << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += alphabet[(pair >> (11 - (bit & 7))) & 31];
  }
  return text;
}

function grouped(text: string, size: number): string {
  const groups: string[] = [];
  for (let i = 0; i < text.length; i += size) groups.push(text.slice(i, i + size));
  return groups.join('-');
}
