import { randomUUID } from 'node:crypto';
import type { WorkflowService } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/**
 * Virtual time on a server that allows it (temporal contract, 7.5): one execution's clock jumps forward over its
 * timers, retries and start delays, running what is due on the way. Activities and the database keep real time.
 */
export interface Execution {
  namespace: string;
  workflowId: string;
}

export type Instant = { seconds?: Long | null; nanos?: number | null } | null | undefined;
type Long = number | { toNumber(): number };

export const toMs = (instant: Instant): number | undefined => {
  if (!instant) return undefined;
  const seconds = instant.seconds ?? 0;
  return (typeof seconds === 'number' ? seconds : seconds.toNumber()) * 1_000 + (instant.nanos ?? 0) / 1e6;
};

export interface ExecutionClock {
  running: boolean;
  /** Of the newest run in its chain. */
  runId: string;
  /** The execution's own now. */
  nowMs: number;
  /** A workflow task or an activity is under way: time stands until it is done. */
  busy: boolean;
  /** When the next activity that failed is tried again. */
  retryAtMs: number | undefined;
  /** Its time stands as long as it waits for a child. */
  waitsForChild: boolean;
  /** How long its history is. */
  events: number;
}

export async function readClock(
  service: WorkflowService,
  { namespace, workflowId }: Execution,
): Promise<ExecutionClock> {
  const execution = { workflowId };
  const described = await service.describeWorkflowExecution({ namespace, execution });
  const extended = described.workflowExtendedInfo as
    | { timeSkippingInfo?: { currentTime?: Instant } }
    | null
    | undefined;
  const info = described.workflowExecutionInfo;
  const nowMs = toMs(extended?.timeSkippingInfo?.currentTime) ?? Date.now();
  // An activity that waits for its next try has an instant; one that runs, or waits for a worker, has none.
  const activities = (described.pendingActivities ?? []).map((each) => toMs(each.nextAttemptScheduleTime) ?? nowMs);
  const retries = activities.filter((atMs) => atMs > nowMs);
  return {
    running: info?.status === 1,
    runId: info?.execution?.runId ?? '',
    nowMs,
    busy: Boolean(described.pendingWorkflowTask) || activities.length > retries.length,
    retryAtMs: retries.length > 0 ? Math.min(...retries) : undefined,
    waitsForChild: (described.pendingChildren ?? []).length > 0,
    events: Number(info?.historyLength ?? 0),
  };
}

/**
 * Arms the jump; time moves as soon as nothing is in flight.
 * @param leaps  how many leaps it may take, from one of its timers to the next; as many as it needs unless told.
 * An execution that is still at work when its target has passed leaps to whatever timer it sets then; with one it does not.
 */
export async function fastForward(
  service: WorkflowService,
  { namespace, workflowId }: Execution,
  ms: number,
  leaps?: number,
): Promise<void> {
  const seconds = Math.floor(ms / 1_000);
  const request = {
    namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        disablePropagation: true,
        ...(leaps ? { maxSessionSkipCount: leaps } : {}),
        fastForwardConfig: { id: randomUUID(), duration: { seconds, nanos: Math.round((ms % 1_000) * 1e6) } },
      },
    },
    updateMask: { paths: ['time_skipping_config'] },
  };
  await service.updateWorkflowExecutionOptions(
    request as unknown as temporal.api.workflowservice.v1.IUpdateWorkflowExecutionOptionsRequest,
  );
}
