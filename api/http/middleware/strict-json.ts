import { Problem } from '../problem.ts';

const MAX_DEPTH = 32;
const MAX_ITEMS = 1_000;
const MAX_PROPERTIES = 200;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** C0 controls but tab and newline; carriage return is how some browsers end lines of multi-line text. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const refused = (detail: string) => new Problem(422, 'invalid_request', detail);

/**
 * Checks JSON before anything is made of it: strict UTF-8, no control characters, no repeated or dangerous keys,
 * bounded depth, items and properties (IN-02, IN-04, IN-06).
 * @returns what it says
 * @throws Problem 400 what is not JSON in UTF-8, 422 what is JSON but refused
 */
export function checkJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Problem(400, 'not_utf8', 'The body is not UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(400, 'malformed_json', 'The body is not JSON.');
  }
  walk(text);
  return value;
}

type Level = { keys: Set<string> } | { items: number };

/** One pass over text that is known to be JSON. */
function walk(text: string): void {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const symbol = text[at]!;
    if (symbol === '{' || symbol === '[') {
      levels.push(symbol === '{' ? { keys: new Set() } : { items: 1 });
      if (levels.length > MAX_DEPTH) throw refused(`The body nests deeper than ${MAX_DEPTH} levels.`);
    } else if (symbol === '}' || symbol === ']') {
      levels.pop();
    } else if (symbol === ',') {
      const level = levels.at(-1)!;
      if ('items' in level && (level.items += 1) > MAX_ITEMS) {
        throw refused(`A list in the body has more than ${MAX_ITEMS} items.`);
      }
    } else if (symbol === '"') {
      const end = endOfString(text, at);
      const raw = text.slice(at, end + 1);
      const value = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
      if (CONTROLS.test(value)) throw refused('The body has control characters in a text.');
      // Written as an escape, half of a pair is valid JSON, but no Unicode text; PostgreSQL keeps none in JSON.
      if (!value.isWellFormed()) throw refused('The body has half a character in a text.');
      at = end;
      if (isKey(text, end)) takeKey(levels.at(-1) as { keys: Set<string> }, value);
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** In valid JSON a text followed by a colon is a key, and nothing else is. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at += 1;
  return text[at] === ':';
}

function takeKey({ keys }: { keys: Set<string> }, key: string): void {
  if (FORBIDDEN_KEYS.has(key)) throw refused('The body has a key that is refused everywhere.');
  if (keys.has(key)) throw refused('The body has the same key twice in one object.');
  keys.add(key);
  if (keys.size > MAX_PROPERTIES) throw refused(`An object in the body has more than ${MAX_PROPERTIES} properties.`);
}
