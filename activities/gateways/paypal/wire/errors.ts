/**
 * Whatever the SDK throws, in one shape. It throws five kinds of error with an often empty `message`:
 * documented statuses, other statuses, a failed sign-in, a 2xx that does not fit its schema, and transport.
 */
import {
  excerpt,
  OutcomeUnknown,
  retryAfterMs,
  transportError,
  VendorRefused,
  VendorUnauthorized,
  VendorUnavailable,
} from '#activities/http/vendor.ts';
import { classify } from './issues.ts';

export interface PaypalProblem {
  /** Null when no answer came. A 2xx means: answered, but not as the SDK expects; money may have moved. */
  httpStatus: number | null;
  /** The family, such as UNPROCESSABLE_ENTITY. */
  name: string;
  issues: string[];
  /** What PayPal's support asks for. */
  debugId?: string | undefined;
  /** `none`: nothing happened. `declined`: decided against us. `unknown`: it may have happened. */
  outcome: 'none' | 'declined' | 'unknown';
  retryAfterMs?: number | undefined;
  /** As received. */
  body: string;
  cause: unknown;
}

/** The request a problem belongs to, for its words and for how to react. */
export interface Attempted {
  /** Who could not do what: "PayPal (main) could not refund capture 3C6…". */
  what: string;
  /** Whether it would have changed something at PayPal. */
  changes: boolean;
  timeoutMs: number;
}

const DECLINES = ['soft', 'hard', 'customer_action', 'stop_order'];

export function normalise(error: unknown, changes: boolean): PaypalProblem {
  const thrown = error as { statusCode?: number; headers?: Record<string, string>; body?: unknown };
  const { statusCode: httpStatus = null, headers = {} } = thrown;
  const body = typeof thrown.body === 'string' ? thrown.body : '';
  const { name, issues, debugId } = readBody(body);
  const retryAfter = headers['retry-after'];
  return {
    httpStatus,
    name,
    issues,
    debugId: headers['paypal-debug-id'] ?? debugId,
    outcome: outcomeOf(httpStatus, issues, changes),
    retryAfterMs: retryAfter ? retryAfterMs(new Headers({ 'retry-after': retryAfter })) : undefined,
    body,
    cause: error,
  };
}

function outcomeOf(httpStatus: number | null, issues: string[], changes: boolean): PaypalProblem['outcome'] {
  if (httpStatus === null || httpStatus < 300 || httpStatus >= 500) return changes ? 'unknown' : 'none';
  return issues.length > 0 && DECLINES.includes(classify(issues, httpStatus)) ? 'declined' : 'none';
}

/** PayPal's error body, the token endpoint's (`error`), or neither: proxies answer HTML. */
function readBody(body: string): Pick<PaypalProblem, 'name' | 'issues' | 'debugId'> {
  try {
    const said = JSON.parse(body) as Record<string, unknown> | null;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    const details = Array.isArray(said?.['details']) ? (said['details'] as ({ issue?: unknown } | null)[]) : [];
    return {
      name: text(said?.['name']) ?? text(said?.['error']) ?? '',
      issues: details.flatMap((detail) => text(detail?.issue) ?? []),
      debugId: text(said?.['debug_id']),
    };
  } catch {
    return { name: '', issues: [] };
  }
}

/** "422 UNPROCESSABLE_ENTITY INSTRUMENT_DECLINED (debug id f12…)", or what else is known. */
export function describeProblem({ httpStatus, name, issues, debugId, body }: PaypalProblem): string {
  const said = excerpt(name ? [name, ...issues].join(' ') : body);
  return `${httpStatus ?? 'no answer'} ${said}${debugId ? ` (debug id ${excerpt(debugId).slice(0, 100)})` : ''}`;
}

/** The error that says how to react. */
export function toVendorError(problem: PaypalProblem, { what, changes, timeoutMs }: Attempted): Error {
  const { httpStatus, cause } = problem;
  if (httpStatus === null) {
    const { message = '' } = cause as Error;
    // The SDK's own parser: a 2xx came, but its body is empty or cut off.
    if (message.startsWith('Could not parse body')) return unreadable(message, { what, changes });
    return transportError(what, cause as Parameters<typeof transportError>[1], changes, timeoutMs);
  }
  const text = `${what}: ${describeProblem(problem)}`;
  if (httpStatus < 300) return unreadable(problem.body, { what, changes });
  if (httpStatus < 400)
    return new VendorRefused(`${text}. Its address answers with a redirect: correct it, then retry.`);
  if (httpStatus === 401 || httpStatus === 403) {
    return new VendorUnauthorized(`${text}. Check the client id, its secret and the app's permissions, then retry.`);
  }
  const wait = problem.retryAfterMs === undefined ? {} : { retryAfterMs: problem.retryAfterMs };
  if (httpStatus === 429) return new VendorUnavailable(text, wait);
  if (httpStatus >= 500) return changes ? new OutcomeUnknown(text) : new VendorUnavailable(text, wait);
  // Of the 4xx only one class heals by itself: the same request is still under way.
  if (problem.issues.length > 0 && classify(problem.issues, httpStatus) === 'transient') {
    return new VendorUnavailable(text, wait);
  }
  return new VendorRefused(`${text}. Fix the cause, then retry.`);
}

/** An answer that says yes but cannot be read: after a change nobody knows what happened. */
export function unreadable(body: string, { what, changes }: Pick<Attempted, 'what' | 'changes'>): Error {
  const text = `${what}: the answer is unreadable: ${excerpt(body)}`;
  return changes ? new OutcomeUnknown(text) : new VendorUnavailable(text);
}
