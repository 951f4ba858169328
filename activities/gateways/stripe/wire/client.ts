/** The SDK as we use it: fixed API version, no retries of its own, no telemetry, and no POST without a key. */
import Stripe from 'stripe';
import { naming } from '#activities/http/calls.ts';
import { excerpt, sanitizeJson } from '#activities/http/vendor.ts';
import { isSpentKey, REDIRECTED, vendorError } from './errors.ts';

export interface StripeCall {
  method: string;
  /** Without the query: it may hold a customer's e-mail address. */
  path: string;
  status: number;
  requestId: string;
  idempotencyKey?: string | undefined;
  elapsedMs: number;
}

export interface StripeClientConfig {
  /** Slug of the account, for messages and payment identity. */
  account: string;
  secretKey: string;
  /** https://api.stripe.com unless told: a simulator. */
  baseURL?: string | undefined;
  /** Of one request; 20 s unless told, well below the activity's own. */
  timeoutMs?: number | undefined;
  /** The guarded fetch of the process; the plain one in unit tests. */
  fetch?: typeof globalThis.fetch | undefined;
  /** After each answer; never bodies. */
  onCall?: ((call: StripeCall) => void) | undefined;
}

export interface Write<T> {
  /** Idempotency key, at most 247 characters. */
  key: string;
  send(stripe: Stripe, options: { idempotencyKey: string }): Promise<T>;
  /** Looks for the effect when the key brings no answer any more; null if it is certain that there is none. */
  find(): Promise<T | null>;
  /** Failures that are answers: a decline, a session already closed. */
  answer?(error: unknown): T | undefined;
}

export interface StripeApi {
  readonly account: string;
  /** @param what  continues "Stripe on acme could not …" */
  read<T>(what: string, call: (stripe: Stripe) => Promise<T>): Promise<T>;
  write<T>(what: string, request: Write<T>): Promise<T>;
  /** The error for what came of a change and turned out to be no answer: Stripe's own, or of reading it. */
  failure(what: string, error: unknown): unknown;
}

/** Stripe's 255 without the longest ending we add. */
const KEY_MAX = 255 - ':again99'.length;
/** More than an outage uses up of one request: it is repeated for an hour, each two minutes in the end, and then hourly. */
const KEYS = 64;

export function createStripeApi(config: StripeClientConfig): StripeApi {
  const stripe = createClient(config);
  const told = (what: string) => `Stripe on ${config.account} could not ${what}`;

  return {
    account: config.account,
    async read(what, call) {
      try {
        return await naming(what, () => call(stripe));
      } catch (error) {
        throw vendorError(told(what), error, false);
      }
    },
    async write(what, { key, send, find, answer }) {
      // The SDK drops an empty key without a word and makes a random one.
      if (!key || key.length > KEY_MAX) throw new RangeError(`${told(what)}: "${key}" is not an idempotency key`);
      // Stripe keeps a 500 under its key and replays it for a day, so another key is needed to ever get an answer, and
      // another for each that met the same outage. They are derived, not random: whoever else repeats this request
      // derives the same.
      const keys = [key, `${key}:again`, ...Array.from({ length: KEYS - 2 }, (_, i) => `${key}:again${i + 2}`)];
      for (const idempotencyKey of keys) {
        try {
          return await naming(what, () => send(stripe, { idempotencyKey }));
        } catch (error) {
          const answered = answer?.(error);
          if (answered !== undefined) return answered;
          if (!isSpentKey(error)) throw vendorError(told(what), error, true);
          const found = await find();
          if (found !== null) return found;
          const refused = (error as { type: string }).type === 'StripeIdempotencyError';
          if (refused || idempotencyKey === keys.at(-1)) throw vendorError(told(what), error, true);
        }
      }
      throw new Error('unreachable: the last key returns or throws');
    },
    failure: (what, error) => vendorError(told(what), error, true),
  };
}

function createClient({ secretKey, baseURL, timeoutMs = 20_000, fetch, onCall }: StripeClientConfig): Stripe {
  const url = baseURL ? new URL(baseURL) : undefined;
  const protocol = url?.protocol === 'http:' ? 'http' : 'https';
  const stripe = new Stripe(secretKey, {
    // A literal: a minor version of the SDK that pins another API version does not compile.
    apiVersion: '2026-10-28.endive',
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
    appInfo: { name: 'Hostwright' },
    // With `fetch`, unlike Node's own client, the SDK has no hidden second try after a closed connection.
    httpClient: Stripe.createFetchHttpClient(guarded(fetch ?? globalThis.fetch)),
    ...(url ? { host: url.hostname, port: url.port || (protocol === 'http' ? 80 : 443), protocol } : {}),
  });
  if (onCall) {
    stripe.on('response', (call: Stripe.ResponseEvent) => {
      onCall({
        method: call.method,
        path: call.path.split('?')[0]!,
        status: call.status,
        requestId: call.request_id,
        idempotencyKey: call.idempotency_key,
        elapsedMs: call.elapsed,
      });
    });
  }
  return stripe;
}

/** The key travels in a header, so it must not follow an answer to another host; what answers say is made plain. */
const guarded = (fetch: typeof globalThis.fetch): typeof globalThis.fetch => {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'manual' });
    const { status, statusText, headers } = response;
    if (status < 300 || status >= 400) {
      const text = sanitizeJson(await response.text());
      // Of JSON that is no object the SDK makes an error that nobody can catch, and a refusal without its reason it takes
      // for an answer. Of what is no JSON it makes an error like any other.
      const isAnswer = /^\s*\{/.test(text) && (status < 400 || /"error"\s*:/.test(text));
      const body = isAnswer ? text : `(not Stripe's) ${text}`;
      return new Response(status === 204 ? null : body, { status, statusText, headers });
    }
    await response.body?.cancel();
    const to = excerpt(headers.get('location') ?? 'nowhere');
    throw Object.assign(new Error(`It answered ${status}, a redirect to ${to}`), { code: REDIRECTED });
  };
};
