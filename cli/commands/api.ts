import { setTimeout as pause } from 'node:timers/promises';
import type { ClientResponse } from 'hono/client';
import type { SuccessStatusCode } from 'hono/utils/http-status';
import { createClient, type Client } from '#api/client.ts';
import type { ProblemBody } from '#api/contracts/common.ts';
import type { Connection } from './connection.ts';
import { EXIT, Failure } from './failure.ts';

/** An answer takes a while where a worker is asked; nothing takes longer than this. */
const TIMEOUT_MS = 60_000;
const LONGEST_WAIT_S = 60;
const TRIES = 5;

/** Of the API, or of a proxy before it: it is there, and what it needs is not. */
const AWAY: readonly number[] = [502, 503, 504];

/** The API said no; what it said is the message, its fields are the lines. */
export class Refused extends Failure {
  override readonly name = 'Refused';
  readonly status: number;
  readonly errors: readonly { pointer: string; detail: string }[];

  constructor({ status, code, detail, errors = [], request_id: requestId }: ProblemBody) {
    super(code, detail, {
      exit: AWAY.includes(status) ? EXIT.unreachable : EXIT.failed,
      lines: errors.map(({ pointer, detail: why }) => `${pointer} ${why}`),
      requestId,
    });
    this.status = status;
    this.errors = errors;
  }
}

export type Api = Client;

type Fetch = typeof globalThis.fetch;

/** The API as typed functions, called with a staff key. */
export const openApi = ({ url, key }: Connection, fetch?: Fetch): Api =>
  clientOf(url, () => ({ authorization: `Bearer ${key}` }), fetch);

/** @param headers  asked for at each call */
export const clientOf = (url: string, headers: () => Record<string, string>, fetch: Fetch = globalThis.fetch): Api =>
  createClient(url, { headers, fetch: patient(url, fetch) });

/** Waits where the API says that it is asked too often; says what is unreachable, and that trying again is safe. */
function patient(url: string, fetch: Fetch): Fetch {
  return async (input, init) => {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
        (error: unknown) => {
          throw unreachable(url, error);
        },
      );
      const wait = Number(response.headers.get('retry-after'));
      if (response.status !== 429 || tries === TRIES || !(wait > 0 && wait <= LONGEST_WAIT_S)) return response;
      await response.body?.cancel();
      await pause(wait * 1_000);
    }
  };
}

const unreachable = (url: string, error: unknown): Failure =>
  new Failure('unreachable', `${url} does not answer: ${reasonOf(error)}.`, {
    exit: EXIT.unreachable,
    lines: ['Check that it runs, then give the same command again: what was done is not done twice.'],
  });

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `no answer in ${TIMEOUT_MS / 1_000} s`;
  const { code } = (cause ?? {}) as { code?: string };
  return code ?? message;
}

type Good<R> = R extends ClientResponse<infer T, infer S, string> ? (S extends SuccessStatusCode ? T : never) : never;

/**
 * The body of a good answer; undefined for one without.
 * @throws Refused, or Failure when nobody could be reached
 */
export async function ask<R extends ClientResponse<unknown, number, string>>(request: Promise<R>): Promise<Good<R>> {
  const response = await request;
  if (response.status === 204) return undefined as Good<R>;
  if (response.ok) return (await bodyOf(response)) as Good<R>;
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  throw new Refused(isProblem ? ((await bodyOf(response)) as ProblemBody) : notOurs(response));
}

/** @throws Failure when the answer breaks off; Refused when it is not one of ours */
async function bodyOf(response: ClientResponse<unknown, number, string>): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(hostOf(response), error);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(notOurs(response));
  }
}

/** Something between us and the API, such as a proxy, may answer in its own way. */
const notOurs = (response: ClientResponse<unknown, number, string>): ProblemBody => ({
  type: 'about:blank',
  title: response.statusText,
  status: response.status,
  code: 'unexpected_answer',
  detail: `${hostOf(response)} answered ${response.status}, and not as Hostwright does. Check HOSTWRIGHT_URL.`,
  request_id: response.headers.get('x-request-id') ?? '',
});

const hostOf = ({ url }: ClientResponse<unknown, number, string>): string => URL.parse(url)?.host ?? 'The API';
