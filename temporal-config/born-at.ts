import type { WorkflowClientInterceptor, WorkflowService } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { fastForward, readClock } from './clock.ts';

export interface Birth {
  workflowId: string;
  runId: string;
}

/**
 * Workflows started through it begin at the clock's now, be it years ahead: they are born with a delay, which is
 * skipped before the start is answered, so that nothing can be told to them earlier.
 * @param born  hears of each start
 */
export const bornAt = (
  service: WorkflowService,
  namespace: string,
  clock: () => Date,
  born: (birth: Birth) => void,
): WorkflowClientInterceptor => ({
  async startWithDetails(input, next) {
    const startDelay = msToTs(Math.max(0, clock().getTime() - Date.now()));
    const output = await next({ ...input, options: { ...input.options, startDelay } });
    const { workflowId } = input.options;
    const { nowMs } = await readClock(service, { namespace, workflowId });
    const behindMs = clock().getTime() - nowMs;
    if (behindMs > 0) await fastForward(service, { namespace, workflowId }, behindMs, 1);
    born({ workflowId, runId: output.runId });
    return output;
  },
});
