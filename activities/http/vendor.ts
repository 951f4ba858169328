/**
 * What every adapter shares: the errors, named by how one reacts, and the one HTTP call.
 * Retries belong to Temporal, where each is visible, so nothing here repeats a request.
 */
import { createFetch } from 'ofetch';
import type { z } from 'zod';
import { naming } from './calls.ts';
import { escapeControls, sanitizeJson } from './egress/escape.ts';

export { sanitizeJson } from './egress/escape.ts';

/** Heals by itself: refused connection, 5xx, maintenance, throttling. The step is retried. */
export class VendorUnavailable extends Error {
  override readonly name = 'VendorUnavailable';
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Sent, but the answer is lost: the retry looks before it acts. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** A person must change something; the step parks with this text. */
export class VendorRefused extends Error {
  override readonly name = 'VendorRefused';
}

/** Credentials or rights: one incident per node or gateway, not per service. */
export class VendorUnauthorized extends Error {
  override readonly name = 'VendorUnauthorized';
}

const VENDOR_ERRORS = ['VendorUnavailable', 'OutcomeUnknown', 'VendorRefused', 'VendorUnauthorized'];
/** By name, as an error may come from another realm. */
export const isVendorError = (error: unknown): error is Error =>
  error instanceof Error && VENDOR_ERRORS.includes(error.name);

export interface VendorCall<T> {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  /** JSON text sent as it is, instead of `body`, where parsing and writing it again would change it. */
  rawBody?: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  timeoutMs?: number;
  /** What we rely on in the answer; more fields are ignored, fewer are `OutcomeUnknown`. */
  reply?: z.ZodType<T>;
  /** Statuses besides 2xx that are answers, not errors; the caller reads them. */
  accept?: readonly number[];
  /** Secrets in the body; those in `headers` of the configuration are concealed anyway. */
  conceal?: readonly string[];
}

export interface VendorAnswer<T> {
  status: number;
  headers: Headers;
  /** Parsed and checked when `reply` was given and the status is 2xx, else whatever came. */
  data: T;
}

export interface VendorHttpConfig {
  baseURL: string;
  headers?: Record<string, string>;
  /** From the request to the last byte of the answer; 30 s unless told. */
  timeoutMs?: number;
  /** The guarded fetch of `egress.ts`; the process's own in unit tests. */
  fetch?: typeof globalThis.fetch;
}

const BODY_LIMIT = 1_000;

/**
 * A vendor's own words, plain and shortened: they end in incidents and in Temporal's mutable state. There they stand
 * in a Markdown fence, which they must not close.
 */
export function excerpt(body: unknown): string {
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  const shown = escapeControls(text.slice(0, BODY_LIMIT)).replaceAll(/`{3,}/g, "'''");
  return text.length > BODY_LIMIT || shown.length > BODY_LIMIT ? `${shown.slice(0, BODY_LIMIT)}…` : shown;
}

/** An address a customer may be sent to; whatever else a vendor gives for one is none. */
export const pageAddress = (text: string | null | undefined): string | undefined =>
  text && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;

/** A vendor may echo what we sent, as it is or inside JSON; short values are words, not secrets. */
export function hide(secrets: readonly string[], text: string): string {
  const forms = secrets
    .filter(({ length }) => length >= 8)
    .flatMap((each) => [each, JSON.stringify(each).slice(1, -1)]);
  return forms.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

/** `Retry-After` in milliseconds, from seconds or an HTTP date; capped at an hour. */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined;
}

/**
 * The one way an adapter calls its vendor. Redirects are refused, a body that does not parse is an
 * unknown outcome, and an HTTP status becomes one of the four errors unless `accept` names it.
 * @param vendor  whom we call and where, for messages: "NextPanel on ams-1"
 */
export function vendorHttp(vendor: string, config: VendorHttpConfig) {
  const call = createFetch({ fetch: config.fetch ?? globalThis.fetch, Headers, AbortController }).create({
    baseURL: config.baseURL,
    retry: false,
    redirect: 'manual',
    responseType: 'text',
    ignoreResponseError: true,
  });
  return async <T = unknown>(what: string, path: string, options: VendorCall<T> = {}): Promise<VendorAnswer<T>> => {
    const { method = 'GET', body, query, headers, reply, accept = [], conceal = [] } = options;
    const payload = options.rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
    const timeoutMs = options.timeoutMs ?? config.timeoutMs ?? 30_000;
    const changes = method !== 'GET';
    const quote = (answer: string) => excerpt(hide([...conceal, ...Object.values(config.headers ?? {})], answer));
    let response;
    try {
      const sending = {
        method,
        ...(payload === undefined ? {} : { body: payload }),
        ...(query ? { query } : {}),
        // ofetch's own time-out ends with the headers, so an answer that stalls midway would hang.
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: 'application/json',
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...config.headers,
          ...headers,
        },
      };
      response = await naming(what, () => call.raw(path, sending));
    } catch (error) {
      throw transportError(`${vendor} could not ${what}`, error as Cause, changes, timeoutMs);
    }
    const { status } = response;
    const text = String(response._data ?? '');
    // A long list that arrived well need not be searched for secrets.
    const problem = () => `${vendor} could not ${what}: ${status} ${quote(text)}`;
    const accepted = accept.includes(status);
    if (!accepted) {
      if (status >= 300 && status < 400) {
        throw new VendorRefused(
          `${problem()} (a redirect to ${quote(response.headers.get('location') ?? 'nowhere')}). Correct its address, then retry.`,
        );
      }
      if (status === 401 || status === 403)
        throw new VendorUnauthorized(`${problem()}. Check the credentials and their rights, then retry.`);
      if (status === 429) {
        throw new VendorUnavailable(problem(), { retryAfterMs: retryAfterMs(response.headers) });
      }
      if (status >= 500) {
        const wait = retryAfterMs(response.headers);
        throw changes ? new OutcomeUnknown(problem()) : new VendorUnavailable(problem(), { retryAfterMs: wait });
      }
      if (status >= 400) throw new VendorRefused(`${problem()}. Fix the cause, then retry.`);
    }
    const data = parseJson(text);
    if (status >= 300) return { status, headers: response.headers, data: data as T };
    if (!reply) return { status, headers: response.headers, data: data as T };
    const checked = reply.safeParse(data);
    if (checked.success) return { status, headers: response.headers, data: checked.data };
    const unreadable = `${vendor} answered ${status} to "${what}" with something unreadable: ${quote(text)}`;
    throw changes ? new OutcomeUnknown(unreadable) : new VendorUnavailable(unreadable);
  };
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(sanitizeJson(text));
  } catch {
    return text;
  }
}

/** Whether a call ended with one of these codes before a vendor saw anything of it. */
export const neverSent = (code: string | undefined): boolean =>
  code !== undefined && (code === 'EGRESS_BLOCKED' || NEVER_SENT.test(code));

/** Codes of connections that never carried a request: refused, not found, or with a certificate that does not hold. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|EPROTO|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

interface Cause {
  name?: string;
  code?: unknown;
  message?: string;
  cause?: Cause;
}

/** What never reached the vendor may be sent again; after a time-out nobody knows. */
export function transportError(problem: string, error: Cause, changes: boolean, timeoutMs: number): Error {
  const chain: Cause[] = [];
  for (let each: Cause | undefined = error; each && chain.length < 5; each = each.cause) chain.push(each);
  // Only text: a DOMException's code is a number that tells people nothing.
  const code = chain.map((each) => each.code).find((each): each is string => typeof each === 'string') ?? '';
  const root = excerpt(chain.at(-1)?.message ?? '');
  const timedOut = chain.some(({ name }) => name === 'TimeoutError');
  if (code === 'EGRESS_BLOCKED') return new VendorRefused(`${problem}: ${root}`);
  const message = `${problem}: ${timedOut ? `no whole answer within ${timeoutMs} ms` : code || root}`;
  if (NEVER_SENT.test(code) || !changes) return new VendorUnavailable(message, { cause: error });
  return new OutcomeUnknown(message, { cause: error });
}
