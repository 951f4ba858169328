/**
 * Text of panels and gateways is input of strangers (SSRF-07): it ends in rows, pages, mails, logs and terminals.
 * What would do something there is made visible before anybody reads it.
 */

/** Controls but newline and tab, and what hides or turns text around. PostgreSQL keeps no NUL, terminals obey escapes. */
const ACTIVE = /[^\P{Cc}\n\t]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
/** How those are written in JSON, as they are or as escapes; halves of pairs, and a key that means more than a name. */
const SUSPICIOUS =
  /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\\[bfr]|\\u(?:00[01789]|061c|20[0-6]|feff|d[89a-f])|__proto__/i;
/** Characters; longer than any text of a vendor that we keep or show. */
const LONGEST = 4_000;
const LONG_TEXT = new RegExp(`"[^"]{${LONGEST}}`);
/** More than any vendor nests; far less than what a walk through it could bear. */
const MAX_DEPTH = 64;

const escaped = (symbol: string) => `\\u${symbol.codePointAt(0)!.toString(16).padStart(4, '0')}`;

/** The same text for any place it can end in: what is active shows as its escape, `\u001b`. */
export const escapeControls = (text: string): string =>
  text.toWellFormed().replaceAll('\r\n', '\n').replaceAll(ACTIVE, escaped);

/**
 * A body as it may be parsed: unchanged where it is harmless or no JSON, else with controls escaped and no text endless, and without
 * `__proto__`. One that nests too deep is replaced by words, which no reader takes for an answer.
 */
export function sanitizeJson(body: string): string {
  if (nestsDeeper(body, MAX_DEPTH)) return '(an answer that nests too deep)';
  if (!SUSPICIOUS.test(body) && !LONG_TEXT.test(body)) return body;
  try {
    return JSON.stringify(
      JSON.parse(body, (key, value: unknown) =>
        key === '__proto__' ? undefined : typeof value === 'string' ? escapeControls(value.slice(0, LONGEST)) : value,
      ),
    );
  } catch {
    return body;
  }
}

/** Counts brackets outside of texts; one pass, nothing is parsed. */
function nestsDeeper(body: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const symbol = body.charCodeAt(at);
    if (symbol === 0x5b || symbol === 0x7b) depth += 1;
    else if (symbol === 0x5d || symbol === 0x7d) depth -= 1;
    else if (symbol === 0x22) {
      do at = body.indexOf('"', at + 1);
      while (at !== -1 && isEscaped(body, at));
      if (at === -1) return false;
    }
    if (depth > most) return true;
  }
  return false;
}

function isEscaped(body: string, at: number): boolean {
  let slashes = 0;
  while (body[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}
