import { createHmac, hash, timingSafeEqual, type KeyObject } from 'node:crypto';

/**
 * Signatures between a panel and us, both `v1=` and 64 lower-case hex digits of HMAC-SHA-256 under the panel
 * credential's secret (its characters as UTF-8). Source: the NextPanel contract, part B4.1, and PANEL-01, PANEL-07.
 *
 * A question, `X-Panel-Signature`, over five lines joined by one line feed:
 *   timestamp, nonce (both as in their headers), method, path with the raw query, SHA-256 of the raw body in hex.
 * Our answer, `X-Hostwright-Signature`, over three:
 *   the exact bytes of the body, nonce, `issued_at` (both as in the body).
 * An answer's text starts with `{`, a question's with a digit: neither can be passed off as the other.
 */
export interface SignedQuestion {
  timestamp: string;
  nonce: string;
  method: string;
  /** With the raw query string, if there is one. */
  path: string;
  body: Uint8Array;
}

const VERSION = 'v1=';
const FORM = /^v1=[0-9a-f]{64}$/;

export function signQuestion(secret: string | KeyObject, question: SignedQuestion): string {
  const { timestamp, nonce, method, path, body } = question;
  const text = `${timestamp}\n${nonce}\n${method}\n${path}\n${hash('sha256', body)}`;
  return VERSION + createHmac('sha256', secret).update(text).digest('hex');
}

/** Compares in constant time; takes as long for a signature of the wrong form. */
export function isSignedBy(secret: string | KeyObject, question: SignedQuestion, signature: string): boolean {
  const expected = signQuestion(secret, question);
  const given = FORM.test(signature) ? signature : VERSION.padEnd(expected.length, '-');
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(given, 'latin1'));
}

export const signAnswer = (secret: string | KeyObject, body: string, nonce: string, issuedAt: number): string =>
  VERSION + createHmac('sha256', secret).update(`${body}\n${nonce}\n${issuedAt}`).digest('hex');
