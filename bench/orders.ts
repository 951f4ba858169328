import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleWorkflows } from '#cli/bundle.ts';
import { anyPort } from '#cli/start/processes/ports.ts';
import { temporalService } from '#cli/start/services/programs.ts';
import { migrate } from '#db/migrate.ts';
import { TEST_PASSWORDS } from '#db/testing/database.ts';
import { openWire } from '#db/testing/wire.ts';
import { ordersOf, type PlacedOrder } from '#e2e/harness/orders.ts';
import { openProduct } from '#e2e/harness/product.ts';
import { obtainTemporal } from '#temporal-config/obtain.ts';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import type { Harness } from './harness.ts';

/** How often we look from outside: closely while latency is measured, seldom enough to cost nothing while the rate is. */
const POLL_MS = { few: 10, many: 100 };
const MANY = 20;

/**
 * The whole product as `npm start` runs it: PostgreSQL with its own durability, Temporal on a file, API and worker as
 * processes, the vendors simulated over HTTP and SMTP, customers who pay at once. And beside it, on the same Temporal,
 * the worker of the baseline.
 * @param isHeard  what API and worker send to the database is listened to on the way, which costs time
 */
export async function openShop(harness: Harness, { isHeard = false }: { isHeard?: boolean } = {}) {
  const database = await harness.database();
  await migrate(database.ownerUrl, TEST_PASSWORDS);
  const { path } = await obtainTemporal({ env: process.env, note: harness.say, run: harness.supervisor.run });
  const server = {
    port: await anyPort(),
    httpPort: await anyPort(),
    file: join(harness.folder, 'temporal.db'),
    virtualTime: false,
  };
  await harness.supervisor.start(temporalService(path, server, process.env));
  const bundle = join(harness.folder, 'workflows.js');
  await bundleWorkflows(bundle);
  const temporalAddress = `127.0.0.1:${server.port}`;
  Object.assign(process.env, {
    HOSTWRIGHT_TEST_PG_URL: database.superuserUrl.replace(/\/[^/]*$/, '/postgres'),
    HOSTWRIGHT_TEST_TEMPLATE: new URL(database.superuserUrl).pathname.slice(1),
    HOSTWRIGHT_TEST_TEMPORAL: temporalAddress,
    HOSTWRIGHT_TEST_BUNDLE: bundle,
  });
  const wire = isHeard ? await openWire(database.superuserUrl) : undefined;
  const product = await openProduct('bench', { capacity: 1_000_000, ...(wire && { through: wire.through }) });
  const api = await product.startApi();
  const worker = await product.startWorker();
  const orders = await ordersOf(product);
  const noopQueue = 'noop';
  await harness.serve('noop-worker', 'bench/servers/noop-worker.ts', {
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TASK_QUEUE: noopQueue,
  });

  const waiting = new Map<string, { order: PlacedOrder; paid: boolean; done: () => void }>();
  const closing = new AbortController();
  /** One query for all orders under way: pays those whose page is open, and notes those that are active. */
  const watch = async () => {
    while (!closing.signal.aborted) {
      const ids = [...waiting.keys()];
      const rows =
        ids.length === 0
          ? []
          : await product.db.sql<{ id: string; checkout_url: string | null; status: string }>(
              `select id, checkout_url, status from "order" where id = any($1)`,
              [ids],
            );
      for (const { id, checkout_url: url, status } of rows) {
        const one = waiting.get(id)!;
        if (status === 'active') {
          waiting.delete(id);
          one.done();
        } else if (url && !one.paid) {
          one.paid = true;
          void orders.pay(one.order);
        }
      }
      await pause(waiting.size < MANY ? POLL_MS.few : POLL_MS.many);
    }
  };
  const watching = watch();

  return {
    product,
    orders,
    wire,
    pids: { api: api.pid, worker: worker.pid },
    /** One order from the customer's click to the live account. */
    async order(): Promise<PlacedOrder> {
      const order = await orders.place('stripe');
      await new Promise<void>((done) => waiting.set(order.orderId, { order, paid: false, done }));
      return order;
    },
    /** A workflow of so many activities that do nothing. */
    async noop(activities: number): Promise<void> {
      const workflowId = `noop/${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
      await product.temporal.workflow.execute('noopOrder', { args: [activities], workflowId, taskQueue: noopQueue });
    },
    async close() {
      closing.abort();
      await watching;
      await orders.close();
      await product.close();
      wire?.close();
    },
  };
}
export type Shop = Awaited<ReturnType<typeof openShop>>;

/** Resident memory of a process now, MiB. */
export function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line![1]) / 1_024;
}

/** So many at a time for so long. @returns finished per second */
export async function closedLoop(one: () => Promise<unknown>, atOnce: number, seconds: number): Promise<number> {
  const started = performance.now();
  const end = started + seconds * 1_000;
  let finished = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await one();
      finished += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return finished / ((performance.now() - started) / 1_000);
}
