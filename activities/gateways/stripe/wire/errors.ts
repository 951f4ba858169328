/** Stripe's errors as ours. The class comes from the HTTP status; `type` in the body only tells idempotency errors. */
import Stripe from 'stripe';
import {
  excerpt,
  isVendorError,
  OutcomeUnknown,
  retryAfterMs,
  VendorRefused,
  VendorUnauthorized,
  VendorUnavailable,
} from '#activities/http/vendor.ts';

export type StripeFailure = InstanceType<typeof Stripe.errors.StripeError>;

export const isStripeFailure = (error: unknown): error is StripeFailure => error instanceof Stripe.errors.StripeError;

/** Stripe does not know what was asked for. */
export const isUnknown = (error: unknown): boolean =>
  isStripeFailure(error) && error.statusCode === 404 && error.code === 'resource_missing';

/** An answer over which the SDK, or we, stumbled: Stripe never sends such a thing, so nobody knows what happened. */
export function unreadable(what: string, cause: Error, changes: boolean): Error {
  const message = `${what}: the answer is unreadable: ${excerpt(cause.message)}`;
  return changes ? new OutcomeUnknown(message, { cause }) : new VendorUnavailable(message, { cause });
}

/** Says that the guarded fetch met a redirect; see `client.ts`. */
export const REDIRECTED = 'STRIPE_REDIRECTED';

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * The key brings no answer any more: Stripe replays a 5xx it stored, or knows the key with other details.
 * What happened can only be found by looking.
 */
export const isSpentKey = (error: unknown): boolean =>
  isStripeFailure(error) &&
  (error.type === 'StripeIdempotencyError' ||
    ((error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true'));

/**
 * @param what     what we wanted, to continue "Stripe on acme could not …"
 * @param changes  whether the request changes something: then a lost answer is an unknown outcome
 */
export function vendorError(what: string, error: unknown, changes: boolean): unknown {
  if (!isStripeFailure(error)) return isVendorError(error) ? error : unreadable(what, error as Error, changes);
  const { statusCode: status, code } = error;
  const about = [status, code, error.message && redact(error.message)].filter(Boolean).join(' ');
  const request = error.requestId ? ` (request ${error.requestId})` : '';
  const problem = `${what}: ${excerpt(about)}${request}`;
  const lost = (options: { retryAfterMs?: number; cause?: unknown }, message = problem) =>
    changes ? new OutcomeUnknown(message, options) : new VendorUnavailable(message, options);
  switch (error.type) {
    case 'StripeConnectionError':
      return connectionError(problem, error, lost);
    case 'StripeAuthenticationError':
    case 'StripePermissionError':
      return new VendorUnauthorized(`${problem}. Check the secret key and its rights at Stripe, then retry.`);
    case 'StripeRateLimitError':
      return new VendorUnavailable(problem, waitOf(error));
    case 'StripeIdempotencyError':
      return new VendorRefused(
        `${problem}. The same key was used with other details and nothing that fits was found; open a new attempt.`,
      );
    case 'StripeInvalidRequestError':
    case 'StripeCardError':
      return new VendorRefused(`${problem}. Fix the cause, then retry.`);
    default:
  }
  // No status: the body was not JSON. 409: an equal request is still under way.
  if (status === undefined || status === 409 || status >= 500) return lost(waitOf(error));
  return new VendorRefused(`${problem}. Fix the cause, then retry.`);
}

function connectionError(
  problem: string,
  error: StripeFailure,
  lost: (options: { cause?: unknown }, message: string) => Error,
): Error {
  const detail = error.detail as Fault | undefined;
  const code = codeOf(detail);
  const message = code ? `${problem} ${code}` : problem;
  if (code === REDIRECTED) {
    return new VendorRefused(`${problem} ${detail?.message}. Correct the address of Stripe's API, then retry.`);
  }
  if (code === 'EGRESS_BLOCKED') return new VendorRefused(`${message}. Allow the address in EGRESS_ALLOW, then retry.`);
  if (code && NEVER_SENT.has(code)) return new VendorUnavailable(message, { cause: error });
  return lost({ cause: error }, message);
}

interface Fault {
  code?: string;
  message?: string;
  cause?: Fault;
  /** Where the SDK keeps the reason a body broke off. */
  exception?: Fault;
}

const codeOf = (fault: Fault | undefined): string | undefined =>
  fault && (fault.code ?? codeOf(fault.cause) ?? codeOf(fault.exception));

function waitOf(error: StripeFailure): { retryAfterMs?: number } {
  const wait = retryAfterMs(new Headers((error.headers ?? {}) as Record<string, string>));
  return wait === undefined ? {} : { retryAfterMs: wait };
}

/** Stripe masks keys in its messages; this is for the day it does not. */
const redact = (text: string): string => text.replace(/\b(?:sk|rk|pk|whsec|ek)_\w+/g, '[key]');
