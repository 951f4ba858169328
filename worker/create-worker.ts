import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities, type AllParts } from '#activities/index.ts';
import type { SealKey } from '#db/secrets/seal.ts';
import { createPayloadCodec } from '#temporal-config/payload-codec.ts';
import { ActivityInterceptor } from './activity-interceptor.ts';

export const WORKFLOWS_PATH = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
export const FAILURE_CONVERTER_PATH = fileURLToPath(
  new URL('../temporal-config/failure-converter.ts', import.meta.url),
);

export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  /** The bundle made before; without it the worker makes its own in about two seconds. */
  bundle?: WorkflowBundleOption | undefined;
  payloadKeys: readonly SealKey[];
  parts: AllParts;
  log: Logger;
  /** Wraps the activities: what a test lets go wrong around them. */
  wrap?: <T extends object>(activities: T) => T;
}

/** One worker with every workflow and activity; sizes are for a process of its own on two cores. */
export async function createWorker({
  connection,
  namespace,
  taskQueue,
  bundle,
  payloadKeys,
  parts,
  log,
  wrap,
}: WorkerParts): Promise<Worker> {
  const activities = createActivities(parts);
  return await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(bundle ? { workflowBundle: bundle } : { workflowsPath: WORKFLOWS_PATH }),
    activities: wrap ? wrap(activities) : activities,
    dataConverter: { payloadCodecs: [createPayloadCodec(payloadKeys)], failureConverterPath: FAILURE_CONVERTER_PATH },
    interceptors: { activity: [() => ({ inbound: new ActivityInterceptor(log) })] },
    maxConcurrentActivityTaskExecutions: 50,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: 60,
    // Shorter than the 10 s after which the launcher kills us. Cutting an activity off is safe: each converges and is
    // tried again, by the next worker. Whether one is running, the launcher cannot know, so it cannot wait longer.
    shutdownGraceTime: '5s',
    shutdownForceTime: '8s',
  });
}
