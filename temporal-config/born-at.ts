import type { WorkflowClientInterceptor, WorkflowService } from '@temporalio/client';
import { msToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { fastForward, readClock } from './clock.ts';

export interface Birth {
  workflowId: string;
  runId: string;
}

/**
 * Workflows started through it begin at the clock's now, be it years ahead: they are born with a delay, which is
 * skipped before the start is answered, so that nothing can be told to them earlier; a delay of their own comes after it.
 * @param born  hears of each start
 */
export const bornAt = (
  service: WorkflowService,
  namespace: string,
  clock: () => Date,
  born: (birth: Birth) => void,
): WorkflowClientInterceptor => ({
  async startWithDetails(input, next) {
    const { workflowId } = input.options;
    const aheadMs = Math.max(0, clock().getTime() - Date.now());
    const startDelay = msToTs(aheadMs + (optionalTsToMs(input.options.startDelay) ?? 0));
    const output = await next({ ...input, options: { ...input.options, startDelay } });
    const { nowMs } = await readClock(service, { namespace, workflowId });
    const behindMs = clock().getTime() - nowMs;
    if (behindMs > 0) await fastForward(service, { namespace, workflowId }, behindMs, 1);
    born({ workflowId, runId: output.runId });
    return output;
  },
});
