import { refuse, REFUSALS, type LicenseDecision } from '#domain/licenses/license-decision.ts';
import { HEADERS } from '#api/http/middleware/edge.ts';
import type { Refused } from './allowances.ts';
import type { Caller } from './callers.ts';
import { signAnswer } from '../signatures/panel-signature.ts';

const COMMON = { ...Object.fromEntries(HEADERS), 'content-type': 'application/json; charset=UTF-8' };

export interface AnswerFacts {
  /** null: the caller was not accepted, so nothing is said of any license. */
  caller: Caller | null;
  decision: Omit<LicenseDecision, 'code'> & { code: LicenseDecision['code'] | null };
  /** Seconds since 1970, or null. */
  expiresAt: number | null;
  limited: Refused | null;
  nowMs: number;
}

/**
 * The answer, always status 200: whatever we know about a license, or refuse to say, is an answer. A panel's is
 * signed. The fields stand in one order, written by hand: it is the text that is signed and sent.
 */
export function renderAnswer({ caller, decision, expiresAt, limited, nowMs }: AnswerFacts): Response {
  const issuedAt = Math.floor(nowMs / 1000);
  const nonce = caller?.nonce ?? null;
  const { code, error, remaining, limit, current, cacheSeconds } = decision;
  // Codes, texts and nonces are made of characters that JSON takes as they are; contract tests parse them all.
  const body =
    `{"valid":${error === null},"remaining_quota":${remaining},"error":${quoted(error)},"code":${quoted(code)},` +
    `"limit":${limit},"current":${current},"expires_at":${quoted(instant(expiresAt))},` +
    `"cache_seconds":${cacheSeconds},"nonce":${quoted(nonce)},"issued_at":${issuedAt}}`;
  const headers: Record<string, string> = { ...COMMON };
  if (caller?.secret && nonce !== null) {
    headers['x-hostwright-signature'] = signAnswer(caller.secret, body, nonce, issuedAt);
  }
  if (limited) {
    headers['retry-after'] = String(limited.retryAfterSeconds);
    headers['ratelimit-limit'] = String(limited.limit);
    headers['ratelimit-remaining'] = '0';
    headers['ratelimit-reset'] = String(limited.retryAfterSeconds);
  }
  return new Response(body, { status: 200, headers });
}

const quoted = (text: string | null) => (text === null ? 'null' : `"${text}"`);

let lastInstant: [seconds: number, text: string] = [0, '1970-01-01T00:00:00.000Z'];
function instant(seconds: number | null): string | null {
  if (seconds === null) return null;
  // Licenses sold together end together.
  if (lastInstant[0] !== seconds) lastInstant = [seconds, new Date(seconds * 1000).toISOString()];
  return lastInstant[1];
}

const LIMIT_TEXTS = { license: REFUSALS.licenseLimit, source: REFUSALS.sourceLimit, anomaly: REFUSALS.anomaly };
export const limitedDecision = (limited: Refused): LicenseDecision => refuse('RATE_LIMITED', LIMIT_TEXTS[limited.over]);

/** Old panels understand only these two texts; the first is a matter of the question alone. */
export const notAcceptedDecision = (wellFormed: boolean) => ({
  ...refuse('NOT_FOUND', wellFormed ? REFUSALS.credentials : REFUSALS.format),
  code: null,
});
