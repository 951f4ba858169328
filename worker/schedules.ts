import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';

/** What runs by the clock. A missed run is not made up for: the next one looks at everything again. */
const SCHEDULES = [
  { workflow: 'watchNodes', every: '1m' },
  { workflow: 'reconcilePayments', every: '15m' },
  { workflow: 'watchWorkflows', every: '2m' },
] as const;

/** Makes the schedules, or brings them up to date; any number of workers may do so at once. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  for (const { workflow, every } of SCHEDULES) {
    const options: ScheduleOptions = {
      scheduleId: workflow,
      spec: { intervals: [{ every }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h', pauseOnFailure: false },
      action: { type: 'startWorkflow', workflowType: workflow, workflowId: workflow, taskQueue, args: [] },
    };
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(workflow).update((previous) => ({ ...options, state: previous.state }));
    }
  }
}
