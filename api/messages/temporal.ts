import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { loadedDataConverter } from '#temporal-config/payload-codec.ts';
import { MESSAGES, type ResolveCommand } from '#workflows/messages.ts';
import type { ApiConfiguration } from '#domain/configuration/configuration.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { createWorkflowSender, type WorkflowSender } from './workflow-sender.ts';

const ANSWER_MS = 10_000;
const PING_MS = 1_000;

export interface Temporal extends WorkflowSender {
  /**
   * Sends a person's decision and waits for the workflow's answer, a sentence.
   * @param updateId  the same id is the same decision, however often it is sent
   * @throws Problem 409 refused by the workflow, 404 not running, 503 not known: ask again with the same id
   */
  resolveIncident(workflowId: string, command: ResolveCommand, updateId: string): Promise<string>;
  /**
   * Runs one activity on a worker and waits for what it says.
   * @throws Problem 502 when it failed, 503 when no worker answered in ten seconds
   */
  executeActivity<R>(name: string, args: unknown[], id: string): Promise<R>;
  /** @throws when the server does not answer within a second */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const away = (cause: unknown) =>
  unavailable(
    'workflows_unavailable',
    'The workflow server or its worker does not answer now. Nothing is lost; ask again in a moment.',
    5,
    cause,
  );

/** The server said that this update or activity failed: what it said is for the one who asked. */
const said = (error: unknown): string => {
  let at = error as { cause?: unknown; message: string };
  while (at.cause && typeof (at.cause as Error).message === 'string') at = at.cause as typeof at;
  return at.message;
};

/**
 * Connects when first used, so the API starts and serves what needs no workflow while Temporal is away.
 * @param interceptors  around starts and signals: where time is virtual, they say at which instant a workflow begins
 */
export function createTemporal(config: ApiConfiguration, interceptors: WorkflowClientInterceptor[] = []): Temporal {
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS, TEMPORAL_API_KEY, TASK_QUEUE } = config;
  const connection = Connection.lazy({
    address: TEMPORAL_ADDRESS,
    tls: TEMPORAL_TLS || undefined,
    ...(TEMPORAL_API_KEY && { apiKey: TEMPORAL_API_KEY }),
    connectTimeout: '2s',
  });
  const client = new Client({
    connection,
    namespace: TEMPORAL_NAMESPACE,
    dataConverter: loadedDataConverter(config.TEMPORAL_PAYLOAD_KEYS),
    interceptors: { workflow: interceptors },
  });
  const within = <T>(ms: number, call: () => Promise<T>) => connection.withDeadline(Date.now() + ms, call);
  const ping = async () => void (await within(PING_MS, () => connection.workflowService.getSystemInfo({})));
  /** Whoever waits for an answer learns at once that the server is away, and not after every repeat. */
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    await ping();
    return within(ANSWER_MS, call);
  };

  return {
    ...createWorkflowSender(client, TASK_QUEUE),

    async resolveIncident(workflowId, command, updateId) {
      try {
        return await asked(() =>
          client.workflow
            .getHandle(workflowId)
            .executeUpdate<string, [ResolveCommand]>(MESSAGES.resolveIncident, { args: [command], updateId }),
        );
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        if (name === 'WorkflowUpdateFailedError') {
          throw new Problem(409, 'decision_refused', said(error), { cause: error });
        }
        if (name === 'WorkflowNotFoundError') {
          throw new Problem(404, 'workflow_not_running', `${workflowId} is not running any more.`, { cause: error });
        }
        if (name === 'WorkflowUpdateRPCTimeoutOrCancelledError') {
          throw unavailable(
            'decision_outcome_unknown',
            'The decision was sent, but no answer came in time. Look at the incident before sending it again; the same Idempotency-Key is the same decision.',
            5,
            error,
          );
        }
        throw away(error);
      }
    },

    async executeActivity<R>(name: string, args: unknown[], id: string): Promise<R> {
      try {
        return await asked(() =>
          client.activity.execute<R>(name, {
            id,
            taskQueue: TASK_QUEUE,
            args,
            scheduleToCloseTimeout: ANSWER_MS,
            scheduleToStartTimeout: '5s',
            retry: { maximumAttempts: 1 },
          }),
        );
      } catch (error) {
        if (error instanceof Error && error.name === 'ActivityExecutionFailedError') {
          const timedOut = error.cause instanceof Error && error.cause.name === 'TimeoutFailure';
          if (!timedOut) throw new Problem(502, `${snake(name)}_failed`, said(error), { cause: error });
        }
        throw away(error);
      }
    },

    ping,
    close: () => connection.close(),
  };
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
