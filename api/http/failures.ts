import { HTTPException } from 'hono/http-exception';
import { asStaff } from '#db/acting.ts';
import { isDatabaseAway } from '#db/away.ts';
import { openTask } from '#db/desk/tasks.ts';
import { SEAL_REMEDY, SealBroken } from '#db/secrets/seal.ts';
import type { ApiContext, Parts } from './context.ts';
import { Problem, unavailable } from './problem.ts';

/** What answers whatever a route throws; of a secret that does not open, staff are told, once. */
export function createFailureAnswer({ orm, clock, log }: Pick<Parts, 'orm' | 'clock' | 'log'>) {
  const tell = async ({ message, place: { table, column, rowId } }: SealBroken): Promise<void> => {
    const text = `${message} Whoever asks for it is refused. ${SEAL_REMEDY}`;
    const task = { key: `seal-broken/${table}/${column}/${rowId}`, kind: 'seal_broken', text } as const;
    try {
      await asStaff(orm, async (em) => openTask(em, task, clock()));
    } catch (error) {
      log.error({ err: error }, 'a broken seal could not be told to staff');
    }
  };
  return async (error: Error, c: ApiContext): Promise<Response> => {
    if (error instanceof SealBroken) await tell(error);
    return answerFailure(error, c);
  };
}

/** The one place where what was thrown becomes an answer; nothing of an unexpected error is told (LOG-03, LOG-04). */
export function answerFailure(error: Error, c: ApiContext): Response {
  const problem = problemOf(error);
  const requestId = c.get('requestId') ?? 'unknown';
  if (problem.status >= 500) {
    c.get('log')?.error({ requestId, code: problem.code, err: problem.cause ?? error }, 'request failed');
  }
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  c.header('content-type', 'application/problem+json');
  return c.body(JSON.stringify(problem.body(requestId)), problem.status);
}

function problemOf(error: Error): Problem {
  // Thrown in another realm it is no `instanceof` ours; the name is its mark.
  if (error.name === 'Problem') return error as Problem;
  if (error instanceof HTTPException) {
    if (error.status === 415) {
      return new Problem(415, 'wrong_content_type', 'Send the body as application/json with that Content-Type.');
    }
    return new Problem(400, 'malformed_request', 'The request could not be read; its body must be JSON.');
  }
  if (isDatabaseAway(error)) {
    return unavailable('database_unavailable', 'The database does not answer now. Try again in a moment.', 2, error);
  }
  if (error instanceof SealBroken) {
    return new Problem(
      500,
      'secret_damaged',
      'What is kept under lock here does not open now. Our staff know; nothing was shown.',
      {
        cause: error,
      },
    );
  }
  return new Problem(500, 'internal_error', 'Something went wrong on our side. Tell us the request id if it stays.', {
    cause: error,
  });
}
