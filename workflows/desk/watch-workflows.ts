import { proxyActivities } from '@temporalio/workflow';
import type { LostWorkflowActivities } from '#activities/desk/lost-workflows.ts';
import { once, books } from '../parking/retries.ts';

/** Every two minutes, by schedule: a workflow that ended otherwise than our rows say becomes a task for staff. */
export async function watchWorkflows(): Promise<{ lost: string[] }> {
  const { findLostWorkflows } = proxyActivities<LostWorkflowActivities>(once(books));
  return await findLostWorkflows({ asOf: Date.now() });
}
