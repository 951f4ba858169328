/** The baseline of the order benchmarks: a worker whose workflow calls so many activities that do nothing. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createPayloadCodec } from '#temporal-config/payload-codec.ts';
import { TEST_PAYLOAD_KEYS } from '#workflows/testing/harness.ts';

const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TASK_QUEUE, PORT } = process.env;
const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS! });
const worker = await Worker.create({
  connection,
  namespace: TEMPORAL_NAMESPACE!,
  taskQueue: TASK_QUEUE!,
  workflowsPath: fileURLToPath(new URL('./noop-workflow.ts', import.meta.url)),
  // The client encrypts what it sends, as it does for the product.
  dataConverter: { payloadCodecs: [createPayloadCodec(TEST_PAYLOAD_KEYS)] },
  activities: { noop: async () => 'done' },
  // As the product's worker has them.
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentWorkflowTaskExecutions: 40,
  maxCachedWorkflows: 200,
});
createServer((_request, response) => response.end('ok')).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => worker.shutdown());
await worker.run();
process.exit(0);
