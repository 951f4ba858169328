/** Stripe's memory for POST requests: the first answer that began executing is kept for a day and replayed. */
import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Simulator } from '#activities/simulation/simulator.ts';
import { errorBody } from './fault.ts';

const DAY_MS = 86_400_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface StoredReply {
  fingerprint: string;
  at: number;
  status: number;
  body: string;
  requestId: string;
}

/** A 500 that Stripe keeps under its key, with or without the effect: unlike a network's, a repeat meets it again. */
export interface StoredError {
  /** Regular expression on the path. */
  path: string;
  after: boolean;
  times: number;
}

/** Validation errors, missing rights and lock conflicts never began executing. */
const isStored = (status: number) => status < 300 || status === 402 || status >= 500;

export function createIdempotency({ collection, clock }: Pick<Simulator, 'collection' | 'clock'>) {
  const replies = collection<StoredReply>('idempotency');
  const running = new Set<string>();
  let planned: StoredError[] = [];
  let workMs = 0;

  const takeError = (path: string): StoredError | undefined => {
    const found = planned.find((error) => error.times > 0 && new RegExp(error.path).test(path));
    if (found) found.times -= 1;
    return found;
  };

  const middleware: MiddlewareHandler = async (c, next) => {
    const key = c.req.method === 'POST' ? c.req.header('idempotency-key') : undefined;
    if (!key) return next();
    const refuse = (status: 400 | 409, code: string | undefined, message: string) =>
      c.json({ error: { type: 'idempotency_error', ...(code ? { code } : {}), message } }, status);
    if (key.length > 255) return refuse(400, undefined, 'Idempotency keys are at most 255 characters.');
    const fingerprint = createHash('sha256')
      .update(`${c.req.path}\n${await c.req.text()}`)
      .digest('hex');
    const now = clock.now().getTime();
    const known = replies.get(key);
    if (known && now - known.at < DAY_MS) {
      if (known.fingerprint !== fingerprint) {
        const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
        return refuse(400, undefined, message);
      }
      return c.body(known.body, known.status as 200, {
        'content-type': 'application/json',
        'request-id': known.requestId,
        'idempotency-key': key,
        'idempotent-replayed': 'true',
        'original-request': known.requestId,
      });
    }
    if (running.has(key)) {
      return refuse(409, 'idempotency_key_in_use', 'There is currently another in-progress request using this key.');
    }
    running.add(key);
    try {
      const error = takeError(c.req.path);
      if (workMs) await pause(workMs);
      if (!error || error.after) await next();
      if (error) {
        c.res = undefined;
        c.res = c.json(errorBody(500), 500);
      }
      c.header('idempotency-key', key);
      const { status } = c.res;
      if (!isStored(status)) return;
      const body = await c.res.clone().text();
      replies.set(key, { fingerprint, at: now, status, body, requestId: c.res.headers.get('request-id') ?? '' });
    } finally {
      running.delete(key);
    }
  };

  return {
    middleware,
    planError: (error: Partial<StoredError>) => void planned.push({ path: '.', after: false, times: 1, ...error }),
    /** How long each POST holds its key: long enough for a second one to meet it. */
    work: (ms: number) => void (workMs = ms),
    clear: () => void (planned = []),
  };
}
export type Idempotency = ReturnType<typeof createIdempotency>;
