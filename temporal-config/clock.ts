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

type Instant = { seconds?: Long | null; nanos?: number | null } | null | undefined;
type Long = number | { toNumber(): number };

const toMs = (instant: Instant): number | undefined => {
  if (!instant) return undefined;
  const seconds = instant.seconds ?? 0;
  return (typeof seconds === 'number' ? seconds : seconds.toNumber()) * 1_000 + (instant.nanos ?? 0) / 1e6;
};

export interface ExecutionClock {
  running: boolean;
  /** The execution's own now. */
  nowMs: number;
  /** A workflow task or an activity is under way: time stands until it is done. */
  busy: boolean;
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
  return {
    running: described.workflowExecutionInfo?.status === 1,
    nowMs: toMs(extended?.timeSkippingInfo?.currentTime) ?? Date.now(),
    busy:
      Boolean(described.pendingWorkflowTask) || (described.pendingActivities ?? []).some(({ state }) => state === 2),
  };
}

/** Arms the jump; time moves as soon as nothing is in flight. */
export async function fastForward(
  service: WorkflowService,
  { namespace, workflowId }: Execution,
  ms: number,
): Promise<void> {
  const seconds = Math.floor(ms / 1_000);
  const request = {
    namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        disablePropagation: true,
        fastForwardConfig: { id: randomUUID(), duration: { seconds, nanos: Math.round((ms % 1_000) * 1e6) } },
      },
    },
    updateMask: { paths: ['time_skipping_config'] },
  };
  await service.updateWorkflowExecutionOptions(
    request as unknown as temporal.api.workflowservice.v1.IUpdateWorkflowExecutionOptionsRequest,
  );
}
