import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Executions } from '#activities/desk/executions.ts';

const ENDS: Readonly<Record<string, string>> = {
  CANCELLED: 'canceled',
  TERMINATED: 'terminated',
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
};
const BROKEN_OFF = `ExecutionStatus in ('Canceled', 'Terminated', 'Failed', 'TimedOut')`;

/** As Temporal lists and describes them. */
export function createExecutions({ workflow }: Client): Executions {
  const idsOf = async (query: string): Promise<Set<string>> => {
    const ids = new Set<string>();
    for await (const { workflowId } of workflow.list({ query })) ids.add(workflowId);
    return ids;
  };
  return {
    running: (type) => idsOf(`WorkflowType = '${type}' and ExecutionStatus = 'Running'`),
    async listBrokenOff(types) {
      const named = types.map((type) => `'${type}'`).join(', ');
      return [...(await idsOf(`WorkflowType in (${named}) and ${BROKEN_OFF}`))];
    },
    async brokenOff(workflowId) {
      try {
        const { status, runId } = await workflow.getHandle(workflowId).describe();
        const how = ENDS[status.name];
        return how ? { workflowId, runId, how } : null;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { workflowId, runId: '', how: 'lost' };
        throw error;
      }
    },
  };
}
