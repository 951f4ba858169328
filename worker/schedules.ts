import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
  type Client,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import { gatewayWatch, SIGNALS, WATCH_GATEWAY } from '#domain/workflows/workflow-ids.ts';

/** What runs by the clock. A missed run is not made up for: the next one looks at everything again. */
const SCHEDULES = [
  { workflow: 'watchNodes', every: '1m' },
  { workflow: 'reconcilePayments', every: '15m' },
  { workflow: 'watchWorkflows', every: '2m' },
] as const;

interface Scheduled {
  /** Of the schedule; its runs have it with the time behind it. */
  id: string;
  workflow: string;
  every: '1m' | '2m' | '15m' | '1h';
  args: readonly unknown[];
}

/** Makes the schedules, or brings them up to date; any number of workers may do so at once. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  for (const { workflow, every } of SCHEDULES) {
    await ensureSchedule(client, taskQueue, { id: workflow, workflow, every, args: [] });
  }
}

/**
 * A watch for each gateway that is on: it runs now and each hour. One that is parked since its credentials were refused
 * tries again at once, as a worker starts with new ones. What was on before and is off has none.
 */
export async function ensureGatewayWatches(
  client: Client,
  taskQueue: string,
  { on, off }: { on: readonly string[]; off: readonly string[] },
): Promise<void> {
  for (const gateway of off) {
    await unlessGone(async () => {
      const watch = client.schedule.getHandle(gatewayWatch(gateway));
      await tryAgain(client, watch);
      await watch.delete();
    });
  }
  for (const gateway of on) {
    const of = { id: gatewayWatch(gateway), workflow: WATCH_GATEWAY, every: '1h', args: [{ gateway }] } as const;
    const watch = await ensureSchedule(client, taskQueue, of);
    await tryAgain(client, watch);
    await watch.trigger(ScheduleOverlapPolicy.SKIP);
  }
}

async function ensureSchedule(
  client: Client,
  taskQueue: string,
  { id, workflow, every, args }: Scheduled,
): Promise<ScheduleHandle> {
  const options: ScheduleOptions = {
    scheduleId: id,
    spec: { intervals: [{ every }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h', pauseOnFailure: false },
    action: { type: 'startWorkflow', workflowType: workflow, workflowId: id, taskQueue, args: [...args] },
  };
  try {
    return await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const handle = client.schedule.getHandle(id);
  await handle.update((previous) => ({ ...options, state: previous.state }));
  return handle;
}

/** Has the runs of a schedule that are parked look again. */
async function tryAgain(client: Client, schedule: ScheduleHandle): Promise<void> {
  const { info } = await schedule.describe();
  for (const { workflow } of info.runningActions) {
    await unlessGone(() =>
      client.workflow.getHandle(workflow.workflowId).signal(SIGNALS.conditionsChanged, 'a worker has started'),
    );
  }
}

async function unlessGone(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError) && !(error instanceof WorkflowNotFoundError)) throw error;
  }
}
