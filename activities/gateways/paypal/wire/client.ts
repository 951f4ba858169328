/**
 * The one way this adapter talks to PayPal: signs in once for all callers, signs in anew when a token is
 * revoked, reads answers strictly, and turns what goes wrong into the errors of `vendor.ts`.
 */
import type { ApiResponse } from '@paypal/paypal-server-sdk';
import type { z } from 'zod';
import { naming } from '#activities/http/calls.ts';
import { hide, vendorHttp, type VendorCall } from '#activities/http/vendor.ts';
import { normalise, toVendorError, unreadable, type PaypalProblem } from './errors.ts';
import { classify } from './issues.ts';
import { openSession, type PaypalSession } from './sdk.ts';

export interface PaypalConfig {
  /** Slug of the account; part of its webhook address. */
  account: string;
  environment: 'live' | 'sandbox' | 'simulator';
  clientId: string;
  clientSecret: string;
  /** Id of our webhook registration in that PayPal app. */
  webhookId: string;
  /** Where our simulator listens; PayPal's own address of the environment without it. */
  baseURL?: string | undefined;
  /** Shown on PayPal's pages; the account's own name without it. */
  brandName?: string | undefined;
  /** For each request, to the last byte; 20 s unless told. */
  timeoutMs?: number | undefined;
  /** The guarded fetch of the process; its own in unit tests. */
  fetch?: typeof globalThis.fetch | undefined;
  /** For search windows; the process's clock unless told. */
  now?: (() => Date) | undefined;
}

/** Done, with what PayPal says now; or refused with a 4xx that the caller understands better than we do here. */
export type Answer<T> = { data: T; debugId?: string | undefined } | { refused: PaypalProblem };

export interface PaypalRequest<T> {
  /** Completes "PayPal could not …". */
  what: string;
  /** Whether it changes something: decides if a lost answer is an unknown outcome. */
  changes: boolean;
  reply: z.ZodType<T>;
  run(session: PaypalSession): Promise<ApiResponse<unknown>>;
  /** Looks at the thing itself when it was made but the answer did not fit the SDK. */
  reread?: (id: string) => Promise<Answer<T>>;
}

export interface PaypalClient {
  readonly config: PaypalConfig;
  readonly now: () => Date;
  call<T>(request: PaypalRequest<T>): Promise<Answer<T>>;
  /** What the SDK lacks (webhooks), on the same address and token. */
  http<T>(what: string, path: string, options?: VendorCall<T>): Promise<T>;
  /** The scopes PayPal grants to our credentials. */
  scopes(): Promise<string[]>;
  /** The error for a refusal the caller has no better use for. */
  refusal(what: string, problem: PaypalProblem): Error;
}

/** PayPal does not know the token, although it has not expired. */
class TokenRefused extends Error {
  readonly reason: Error;
  constructor(reason: Error) {
    super(reason.message);
    this.reason = reason;
  }
}

const ADDRESS = { live: 'https://api-m.paypal.com', sandbox: 'https://api-m.sandbox.paypal.com' };

/** @throws Error for a simulator without an address, or a live account with another address than PayPal's */
function addressOf({ environment, baseURL }: PaypalConfig): string {
  if (environment === 'simulator') {
    if (!baseURL) throw new Error('A simulated PayPal needs its address (PAYPAL_API_BASE).');
    return baseURL;
  }
  if (baseURL && environment === 'live') {
    throw new Error('Live PayPal has one address: leave PAYPAL_API_BASE empty.');
  }
  return baseURL ?? ADDRESS[environment];
}

export function createPaypalClient(config: PaypalConfig): PaypalClient {
  const { account, clientId, clientSecret, timeoutMs = 20_000, fetch = globalThis.fetch } = config;
  const baseURL = addressOf(config);
  const open = () => openSession({ baseURL, clientId, clientSecret, timeoutMs, fetch });
  let current = open();
  const name = `PayPal (${account})`;
  const send = vendorHttp(name, { baseURL, timeoutMs, fetch });

  /** A revoked token is never refreshed by the SDK: the session is dropped, by whoever notices first. */
  const renew = (used: PaypalSession) => {
    if (used === current) current = open();
  };

  const failure = (problem: PaypalProblem, what: string, changes: boolean, secrets: string[] = []) => {
    const shown = { ...problem, body: hide([clientSecret, ...secrets], problem.body) };
    return toVendorError(shown, { what: `${name} could not ${what}`, changes, timeoutMs });
  };

  const signIn = async (session: PaypalSession) => {
    try {
      return await naming('sign in', () => session.token());
    } catch (error) {
      const problem = normalise(error, false);
      // The token endpoint says 400 as well as 401 to wrong credentials.
      const httpStatus = problem.httpStatus === 400 ? 401 : problem.httpStatus;
      throw failure({ ...problem, httpStatus }, `sign in as ${clientId.slice(0, 8)}…`, false);
    }
  };

  const attempt = async <T>(session: PaypalSession, request: PaypalRequest<T>): Promise<Answer<T>> => {
    const { what, changes, reply, run } = request;
    const { accessToken } = await signIn(session);
    let answered: { body: unknown; headers?: Record<string, string> };
    try {
      answered = await naming(what, () => run(session));
    } catch (error) {
      const problem = normalise(error, changes);
      if (isRefusal(problem)) return { refused: problem };
      const reason = failure(problem, what, changes, [accessToken]);
      if (problem.httpStatus === 401) throw new TokenRefused(reason);
      if (!isMisfit(problem)) throw reason;
      if (changes) return lookAtIt(request, problem, reason);
      // Looking changes nothing, so an answer with all we need is good even if the SDK dislikes the rest.
      answered = error as typeof answered;
    }
    const read = reply.safeParse(parse(answered.body));
    if (read.success) return { data: read.data, debugId: answered.headers?.['paypal-debug-id'] };
    throw unreadable(String(answered.body), { what: `${name} could not ${what}`, changes });
  };

  /** What was made is looked at by its id; if that shows nothing, nobody knows. */
  const lookAtIt = async <T>(
    { reread }: PaypalRequest<T>,
    { body }: PaypalProblem,
    reason: Error,
  ): Promise<Answer<T>> => {
    const id = (parse(body) as { id?: unknown } | null | undefined)?.id;
    const seen = typeof id === 'string' && reread ? await reread(id).catch(() => null) : null;
    if (!seen || 'refused' in seen) throw reason;
    return seen;
  };

  /** Once more with a fresh token where a good-looking one was refused: that was before any effect. */
  const onceMore = async <R>(run: (session: PaypalSession) => Promise<R>): Promise<R> => {
    const session = current;
    try {
      return await run(session);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      renew(session);
    }
    return run(current).catch((error: unknown) => {
      throw error instanceof TokenRefused ? error.reason : error;
    });
  };

  return {
    config,
    now: config.now ?? (() => new Date()),
    call: (request) => onceMore((session) => attempt(session, request)),
    http: <T>(what: string, path: string, options: VendorCall<T> = {}) =>
      onceMore(async (session) => {
        const { accessToken } = await signIn(session);
        const headers = { ...options.headers, authorization: `Bearer ${accessToken}` };
        const call = { ...options, headers, conceal: [accessToken], accept: [401] };
        const { status, data } = await send<T>(what, path, call);
        if (status === 401) {
          const problem = normalise({ statusCode: 401, body: JSON.stringify(data) }, false);
          throw new TokenRefused(failure(problem, what, false));
        }
        return data;
      }),
    scopes: () => onceMore(async (session) => ((await signIn(session)).scope ?? '').split(' ')),
    refusal: (what, problem) => failure(problem, what, true),
  };
}

/** Statuses by which PayPal decides; one that only asks us to wait is none. */
const isRefusal = ({ httpStatus, issues }: PaypalProblem) =>
  [400, 404, 409, 422].includes(httpStatus ?? 0) &&
  !(issues.length > 0 && classify(issues, httpStatus) === 'transient');

/** Answered with 2xx, yet not as the SDK expects. */
const isMisfit = ({ httpStatus }: PaypalProblem) => httpStatus !== null && httpStatus < 300;

function parse(body: unknown): unknown {
  try {
    return typeof body === 'string' ? JSON.parse(body) : undefined;
  } catch {
    return undefined;
  }
}
