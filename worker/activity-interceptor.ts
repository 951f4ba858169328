import { activityInfo, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Logger } from 'pino';
import { isVendorError } from '#activities/http/vendor.ts';
import type { Where } from '#activities/where.ts';
import { SEAL_REMEDY, SealBroken } from '#db/secrets/seal.ts';

/** Well inside the heartbeat time-out of `workflows/parking/retries.ts`, so that only a dead worker misses it. */
const HEARTBEAT_MS = 2_000;
/** Waits between tries of a panel call, in seconds; the last repeats. Source: automation-defaults, section 11. */
const PANEL_WAITS = [30, 60, 120, 300, 900, 3_600];

/**
 * Around every activity: sends heartbeats, so that the death of a worker is noticed in seconds; and turns the
 * errors of adapters, and of secrets that do not open, into failures that say how long to wait and where it happened.
 */
export class ActivityInterceptor implements ActivityInboundCallsInterceptor {
  readonly #log: Logger;
  constructor(log: Logger) {
    this.#log = log;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const alive = setInterval(heartbeat, HEARTBEAT_MS);
    const info = activityInfo();
    const of = { activity: info.activityType, workflowId: info.workflowExecution?.workflowId, attempt: info.attempt };
    const started = performance.now();
    try {
      const result = await next(input);
      this.#log.debug({ ...of, ms: Math.round(performance.now() - started) }, 'activity done');
      return result;
    } catch (error) {
      this.#log.warn(
        { ...of, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) },
        'activity failed',
      );
      throw asFailure(error, info.attempt);
    } finally {
      clearInterval(alive);
    }
  }
}

/** No repetition cures these. */
const AT_ONCE = ['VendorRefused', 'VendorUnauthorized', 'SealBroken'];

/** The class name is the retry contract; `details[0]` says where it happened. */
export function asFailure(error: unknown, attempt: number): unknown {
  if (!isVendorError(error) && !(error instanceof SealBroken)) return error;
  const { where, retryAfterMs } = error as Error & { where?: Where; retryAfterMs?: number };
  // At a node it is a panel that failed, and panels come back slowly.
  const wait = retryAfterMs ?? (where?.nodeId ? panelWaitMs(attempt) : undefined);
  return ApplicationFailure.create({
    type: error.name,
    message: error instanceof SealBroken ? `${error.message} ${SEAL_REMEDY}` : error.message,
    nonRetryable: AT_ONCE.includes(error.name),
    details: [where ?? {}],
    ...(wait === undefined ? {} : { nextRetryDelay: wait }),
    cause: error,
  });
}

/** ±20 %, so that orders that failed together do not come back together. */
function panelWaitMs(attempt: number): number {
  const seconds = PANEL_WAITS[Math.min(attempt, PANEL_WAITS.length) - 1]!;
  return Math.round(seconds * 1_000 * (0.8 + Math.random() * 0.4));
}
