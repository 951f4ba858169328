import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { fastForward, readClock } from '#temporal-config/clock.ts';
import { createPayloadCodec, loadedDataConverter } from '#temporal-config/payload-codec.ts';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import { FAILURE_CONVERTER_PATH } from '#worker/create-worker.ts';

try {
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
} catch {
  // Another test file of this process was first.
}

/** Recorded histories are encrypted with it as well, so replays prove that they load through the codec. */
export const TEST_PAYLOAD_KEYS = [{ id: 'test', key: Buffer.alloc(32, 7) }];
export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

export const testSetting = (name: string): string => {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run tests with \`npm test -- <part>\`, which starts what they need.`);
  return value;
};

// What fakes are called with and answer is the test's own business.
export type Fakes = Record<string, (input: never) => unknown>;

export interface Workflows {
  client: Client;
  /** Of this test's worker alone. */
  taskQueue: string;
  start(type: string, args: unknown[], workflowId: string): Promise<WorkflowHandle>;
  /** Moves one execution forward by its own clock, and waits until it has done what was due. */
  advance(workflowId: string, ms: number): Promise<void>;
  /** Until a condition holds; the test's own time-out ends it. */
  until(what: () => boolean | Promise<boolean>): Promise<void>;
  /** Keeps the history for the replay tests when RECORD_HISTORIES=1. @param name  `<workflow type>/<what became of it>` */
  record(workflowId: string, name: string): Promise<void>;
}

const POLL_MS = 20;

/** One worker with fakes on the real server, a task queue of its own, ended with the test. */
export async function withWorkflows(fakes: Fakes, test: (workflows: Workflows) => Promise<void>): Promise<void> {
  const address = testSetting('HOSTWRIGHT_TEST_TEMPORAL');
  const taskQueue = `test-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new Client({
    connection,
    namespace: NAMESPACE,
    dataConverter: loadedDataConverter(TEST_PAYLOAD_KEYS),
  });
  const worker = await Worker.create({
    connection: native,
    namespace: NAMESPACE,
    taskQueue,
    workflowBundle: { codePath: testSetting('HOSTWRIGHT_TEST_BUNDLE') },
    activities: fakes,
    dataConverter: {
      payloadCodecs: [createPayloadCodec(TEST_PAYLOAD_KEYS)],
      failureConverterPath: FAILURE_CONVERTER_PATH,
    },
    maxConcurrentWorkflowTaskExecutions: 10,
    maxCachedWorkflows: 50,
  });
  const until = async (holds: () => boolean | Promise<boolean>) => {
    while (!(await holds())) await pause(POLL_MS);
  };
  const settled = async (workflowId: string, targetMs: number) =>
    until(async () => {
      const { running, busy, nowMs } = await readClock(connection.workflowService, {
        namespace: NAMESPACE,
        workflowId,
      });
      return !running || (!busy && nowMs >= targetMs);
    });
  try {
    await worker.runUntil(
      test({
        client,
        taskQueue,
        until,
        start: (type, args, workflowId) => client.workflow.start(type, { args, workflowId, taskQueue }),
        async advance(workflowId, ms) {
          const execution = { namespace: NAMESPACE, workflowId };
          const { nowMs } = await readClock(connection.workflowService, execution);
          await fastForward(connection.workflowService, execution, ms);
          await settled(workflowId, nowMs + ms);
        },
        async record(workflowId, name) {
          if (process.env.RECORD_HISTORIES !== '1') return;
          const file = join(HISTORIES, `${name}.json`);
          mkdirSync(dirname(file), { recursive: true });
          const history = await client.workflow.getHandle(workflowId).fetchHistory();
          writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
        },
      }),
    );
  } finally {
    await connection.close();
    await native.close();
  }
}

export interface Recorded {
  /** Names of the activities that ran, in order. */
  did: string[];
  /** What each was called with. */
  calls: { name: string; input: Record<string, unknown> }[];
  fakes: Fakes;
}

/**
 * Fakes that note what ran. A list answers one call after the other and repeats its last; a function is called;
 * an Error is thrown.
 */
export function recorded(answers: Record<string, unknown>): Recorded {
  const did: string[] = [];
  const calls: Recorded['calls'] = [];
  const fakes = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => {
      const queue = Array.isArray(answer) ? [...answer] : [answer];
      const fake = async (input: Record<string, unknown>) => {
        did.push(name);
        calls.push({ name, input });
        const next = queue.length > 1 ? queue.shift() : queue[0];
        const value = typeof next === 'function' ? await (next as (input: unknown) => unknown)(input) : next;
        if (value instanceof Error) throw value;
        return value;
      };
      return [name, fake];
    }),
  );
  return { did, calls, fakes };
}
