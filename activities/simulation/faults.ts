import type { MiddlewareHandler } from 'hono';
import type { HttpBindings } from '@hono/node-server';

/**
 * What goes wrong on purpose. `before` kinds answer without doing; `after` kinds do and then spoil the answer.
 */
export type FaultKind =
  | 'latency'
  | 'error-before'
  | 'error-after'
  | 'lost-answer'
  | 'rate-limit'
  | 'truncated'
  | 'html'
  | 'redirect'
  | 'timeout'
  | 'timeout-after'
  | 'unauthorized';

export interface Fault {
  kind: FaultKind;
  /** Upper case; any method without it. */
  method?: string;
  /** Regular expression on the path; any path without it. */
  path?: string;
  /** How many requests it hits; endless without it. */
  times?: number;
  /** For `error-*`: 500 unless told. */
  status?: number;
  /** For `error-*` and `rate-limit`: the header's value. */
  retryAfter?: string;
  /** For `latency`, and how long `timeout` keeps the caller waiting (60 s unless told). */
  latencyMs?: number;
}

export interface RecordedCall {
  at: string;
  method: string;
  path: string;
  status: number;
  fault?: FaultKind;
}

const CALLS_KEPT = 5_000;
/** Keeps a caller waiting, not the process: a simulator that is closed meanwhile ends. */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** How a vendor words an error: its own JSON for a status. */
export type ErrorBody = (status: number) => unknown;

/** @param now  the vendor's clock, by which calls are recorded */
export function createFaults(errorBody: ErrorBody, now: () => Date) {
  let planned: Fault[] = [];
  let calls: RecordedCall[] = [];

  const take = (method: string, path: string): Fault[] => {
    const hit = planned.filter(
      (fault) =>
        (!fault.method || fault.method === method) &&
        (!fault.path || new RegExp(fault.path).test(path)) &&
        fault.times !== 0,
    );
    // Latency adds to another fault; of the others only the first planned strikes.
    const struck = [
      ...hit.filter(({ kind }) => kind === 'latency'),
      ...hit.filter(({ kind }) => kind !== 'latency').slice(0, 1),
    ];
    for (const fault of struck) if (fault.times !== undefined) fault.times -= 1;
    planned = planned.filter(({ times }) => times !== 0);
    return struck;
  };

  const middleware: MiddlewareHandler<{ Bindings: HttpBindings }> = async (c, next) => {
    const { method, path } = c.req;
    if (path.startsWith('/_sim/')) return next();
    const struck = take(method, path);
    const fault = struck.find(({ kind }) => kind !== 'latency');
    const note = (status: number) => {
      calls.push({ at: now().toISOString(), method, path, status, ...(fault ? { fault: fault.kind } : {}) });
      if (calls.length > CALLS_KEPT) calls = calls.slice(-CALLS_KEPT / 2);
    };
    for (const { kind, latencyMs } of struck) if (kind === 'latency') await pause(latencyMs ?? 0);
    const fail = (status: number) => {
      note(status);
      if (fault?.retryAfter) c.header('retry-after', fault.retryAfter);
      return c.json(errorBody(status) as object, status as 500);
    };
    switch (fault?.kind) {
      case 'error-before':
        return fail(fault.status ?? 500);
      case 'rate-limit':
        return fail(429);
      case 'unauthorized':
        return fail(401);
      case 'redirect':
        note(302);
        return c.redirect('/elsewhere', 302);
      case 'timeout':
        await pause(fault.latencyMs ?? 60_000);
        note(504);
        c.env.incoming.socket.destroy();
        return c.body(null);
      default:
    }
    await next();
    note(c.res.status);
    switch (fault?.kind) {
      case 'error-after':
        c.res = undefined;
        if (fault.retryAfter) c.header('retry-after', fault.retryAfter);
        c.res = c.json(errorBody(fault.status ?? 500) as object, (fault.status ?? 500) as 500);
        return;
      case 'lost-answer':
        c.env.incoming.socket.destroy();
        return;
      case 'timeout-after':
        await pause(fault.latencyMs ?? 60_000);
        c.env.incoming.socket.destroy();
        return;
      case 'truncated': {
        const text = await c.res.text();
        c.res = undefined;
        c.res = c.body(text.slice(0, Math.max(1, Math.floor(text.length / 2))), 200, {
          'content-type': 'application/json',
        });
        return;
      }
      case 'html':
        c.res = undefined;
        c.res = c.html('<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>', 200);
        return;
      default:
    }
  };

  return {
    middleware,
    plan: (fault: Fault) => void planned.push({ ...fault }),
    planned: () => planned,
    clear: () => void (planned = []),
    calls: () => calls,
    forgetCalls: () => void (calls = []),
  };
}
export type Faults = ReturnType<typeof createFaults>;
