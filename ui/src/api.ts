import type { ClientResponse } from 'hono/client';
import type { SuccessStatusCode } from 'hono/utils/http-status';
import { createClient } from '#api/client.ts';
import type { ProblemBody } from '#api/contracts/common.ts';

/** Of the session, from GET /me; kept in memory only (AUTH-09). */
let csrfToken: string | null = null;
export const holdCsrfToken = (token: string | null): void => {
  csrfToken = token;
};

export const client = createClient('', {
  headers: (): Record<string, string> => (csrfToken ? { 'x-csrf-token': csrfToken } : {}),
});

/** Called when the API knows nobody behind a request: there was no session, or it has ended. */
let onStranger = (): void => {};
export const whenStranger = (then: () => void): void => {
  onStranger = then;
};

/** The API's refusal, as its problem details say it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly errors: readonly { pointer: string; detail: string }[];

  constructor({ status, code, detail, request_id: requestId, errors = [] }: ProblemBody) {
    super(detail);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.errors = errors;
  }
}

type Good<R> = R extends ClientResponse<infer T, infer S, string> ? (S extends SuccessStatusCode ? T : never) : never;

/**
 * The body of a good answer; undefined for one without.
 * @throws Refused; TypeError when nobody could be reached
 */
export async function ask<R extends ClientResponse<unknown, number, string>>(request: Promise<R>): Promise<Good<R>> {
  const response = await request;
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Good<R>;
  if (response.status === 401) onStranger();
  throw new Refused(await problemOf(response));
}

/** A file of the server that is no part of the typed client. @throws as `ask` does */
export const askForFile = async <T>(path: string): Promise<T> =>
  (await ask(fetch(path) as unknown as Promise<ClientResponse<unknown, 200, 'json'>>)) as T;

/** Something between us and the API, such as a proxy, may answer in its own way. */
async function problemOf(response: ClientResponse<unknown, number, string>): Promise<ProblemBody> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  if (isProblem) return (await response.json()) as ProblemBody;
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'unexpected_answer',
    detail: `The server answered ${response.status}. Try again in a moment.`,
    request_id: response.headers.get('x-request-id') ?? '',
  };
}

/** A key for one request that must not happen twice, however often it is sent. */
export const newIdempotencyKey = (): string => crypto.randomUUID();
