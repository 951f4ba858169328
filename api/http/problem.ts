import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { ProblemBody } from '../contracts/common.ts';

const TITLES: Partial<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  414: 'Address too long',
  415: 'Wrong content type',
  421: 'Wrong host',
  422: 'Not valid',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
  504: 'No answer in time',
};

export interface FieldProblem {
  /** `/email` in the body, `?limit` in the query, `{id}` in the path, a header's name. */
  pointer: string;
  detail: string;
}

/**
 * A refusal the client is told about. Thrown wherever it is noticed, so an open transaction rolls back;
 * the app turns it into `application/problem+json`.
 * @property code  stable, snake_case
 * @property message  for people: what, where, what next; never a secret, SQL or an upstream body
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly errors: FieldProblem[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    detail: string,
    {
      errors,
      headers = {},
      cause,
    }: { errors?: FieldProblem[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause });
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }

  body(requestId: string): ProblemBody {
    return {
      type: `urn:hostwright:problem:${this.code}`,
      title: TITLES[this.status] ?? 'Problem',
      status: this.status,
      code: this.code,
      detail: this.message,
      request_id: requestId,
      ...(this.errors && { errors: this.errors }),
    };
  }
}

/** Missing and foreign things get this same answer, byte for byte. */
export const notFound = (what: string): Problem =>
  new Problem(404, `${what.toLowerCase().replaceAll(' ', '_')}_not_found`, `There is no such ${what}.`);

/** A mailed link that leads to nothing, whyever. */
export const linkNotGood = (): Problem =>
  new Problem(
    404,
    'link_not_good',
    'This link is not good: it was used, it has expired, or a part of it is missing. Open it from the mail again, or ask for a new one.',
  );

/** We do not know, or cannot now; `retryAfterSeconds` says when to ask again. */
export const unavailable = (code: string, detail: string, retryAfterSeconds: number, cause?: unknown): Problem =>
  new Problem(503, code, detail, { headers: { 'retry-after': String(retryAfterSeconds) }, cause });

type Target = 'json' | 'form' | 'query' | 'param' | 'header' | 'cookie';
const POINTERS: Record<Target, (path: string) => string> = {
  json: (path) => `/${path}`,
  form: (path) => `/${path}`,
  query: (path) => `?${path}`,
  param: (path) => `{${path}}`,
  header: (path) => path,
  cookie: (path) => path,
};
const pointerPart = (part: PropertyKey) => String(part).slice(0, 60).replaceAll('~', '~0').replaceAll('/', '~1');

/** Says which fields are wrong and why; never repeats their values. */
export function invalid(target: Target, error: Pick<z.ZodError, 'issues'>): Problem {
  const errors = error.issues.slice(0, 50).flatMap((issue): FieldProblem[] => {
    const at = (...path: PropertyKey[]) => POINTERS[target](path.map(pointerPart).join('/'));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, 20).map((key) => ({ pointer: at(...issue.path, key), detail: 'is not known here' }));
    }
    return [{ pointer: at(...issue.path), detail: issue.message }];
  });
  return new Problem(422, 'invalid_request', `The request is not valid; see \`errors\` for each field.`, { errors });
}
