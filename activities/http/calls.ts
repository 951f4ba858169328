/**
 * What was asked of a vendor and how it went, one record per request: never an address, a header or a body. The way
 * out writes it, so whoever calls a vendor is in the log and the figures without doing anything for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Whom we call, by the names that people know. */
export interface Callee {
  kind: 'node' | 'gateway' | 'mail server';
  /** nextpanel, stripe, smtp */
  vendor: string;
  /** Our own name of it: of the node, of the gateway, host and port of the mail server. */
  name: string;
}

export interface CallRecord extends Callee {
  /** In the words of our own messages: "make account c7k2m9q4". */
  operation: string;
  /** Of HTTP, or the reply code of SMTP; absent where no answer came. */
  status?: number | undefined;
  /** Why no whole answer came: a code, never words of a stranger. */
  failure?: string | undefined;
  /** From the request to the last byte that was read. */
  ms: number;
}

export type RecordCall = (call: CallRecord) => void;

const operations = new AsyncLocalStorage<string>();

/** Says what the requests inside are for; the innermost name counts. */
export const naming = <T>(operation: string, run: () => T): T => operations.run(operation, run);

/** One call that takes place inside `run`, by whatever protocol. */
export async function recorded<T>(
  callee: Callee,
  operation: string,
  record: RecordCall,
  run: () => Promise<T>,
  statusOf: (end: { answer: T } | { error: unknown }) => number | undefined,
): Promise<T> {
  const done = begin(callee, operation, record);
  try {
    const answer = await run();
    done({ status: statusOf({ answer }) });
    return answer;
  } catch (error) {
    done({ status: statusOf({ error }), failure: reasonOf(error) });
    throw error;
  }
}

/** The same `fetch`, whose every request is recorded when its answer has been read, or given up. */
export const recordedFetch =
  (fetch: typeof globalThis.fetch, callee: Callee, record: RecordCall): typeof globalThis.fetch =>
  async (input, init) => {
    // Without a name the method is all that is safe to tell: addresses carry ids and queries of any kind.
    const done = begin(callee, operations.getStore() ?? `${init?.method ?? 'GET'} something`, record);
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      done({ failure: reasonOf(error) });
      throw error;
    }
    const { status, statusText, headers, body } = response;
    if (!body) {
      done({ status });
      return response;
    }
    // A variable, as the types do not know `cancel`, which Node calls when either side gives up.
    const watch = {
      flush: () => done({ status }),
      cancel: (reason: unknown) => done({ status, failure: reason === undefined ? 'not read' : reasonOf(reason) }),
    };
    return new Response(body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(watch)), {
      status,
      statusText,
      headers,
    });
  };

/** The end of a stream runs in nobody's context, so the record is written in that of whoever asked. */
function begin(callee: Callee, operation: string, record: RecordCall) {
  const started = performance.now();
  const asAsked = AsyncLocalStorage.snapshot();
  return (end: Pick<CallRecord, 'status' | 'failure'>): void =>
    asAsked(record, { ...callee, operation, ...end, ms: Math.round(performance.now() - started) });
}

/** A code of the innermost cause that has one: ECONNREFUSED, EGRESS_BLOCKED, TimeoutError. */
function reasonOf(error: unknown): string {
  let found: string | undefined;
  let each = error as { name?: unknown; code?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; typeof each === 'object' && each && depth < 5; depth += 1) {
    if (typeof each.code === 'string' && /^\w{1,60}$/.test(each.code)) found = each.code;
    else if (each.name === 'TimeoutError' || each.name === 'AbortError') found ??= String(each.name);
    each = each.cause as typeof each;
  }
  return found ?? 'failed';
}
