import { Registry } from 'prom-client';
import { startApi } from '#api/main.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { createTime, type Surroundings } from '#temporal-config/advance.ts';
import { bornAt } from '#temporal-config/born-at.ts';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import { startWorker } from '#worker/main.ts';
import { openProduct } from '../product.ts';

/**
 * The whole product in virtual time: API and worker in this process, by one clock that only `time` moves ahead; between
 * its moves the clock goes on with the machine's.
 */
export async function openVirtualProduct(label: string, begin: Date) {
  let offsetMs = begin.getTime() - Date.now();
  const clock = () => new Date(Date.now() + offsetMs);
  const product = await openProduct(label, { clock });
  const { db, vendors, environment, temporal } = product;
  const service = temporal.connection.workflowService;
  const gateways = [vendors.stripe, vendors.paypal];
  vendors.time.moveTo(clock());

  const surroundings: Surroundings = {
    nowMs: () => clock().getTime(),
    setNow: (ms) => void (offsetMs = Math.max(offsetMs, ms - Date.now())),
    nextOfVendors: async () => vendors.time.nextMs(),
    moveVendors: async (ms) => vendors.time.moveTo(new Date(ms)),
    async quiet() {
      const events = await Promise.all(gateways.map((each) => each.get<unknown[]>('/webhooks/waiting')));
      if (events.flat().length > 0) return false;
      api.relay.kick();
      return (await db.sql(`select from command_outbox where sent_at is null limit 1`)).length === 0;
    },
  };
  const time = createTime({ service, namespace: NAMESPACE, surroundings });
  const api = await startApi(readConfiguration('api', { ...environment, LOG_LEVEL: 'error' }), {
    clock,
    interceptors: [bornAt(service, NAMESPACE, clock, time.watch)],
    metrics: new Registry(),
  });
  const config = readConfiguration('worker', { ...environment, LOG_LEVEL: 'error', WORKER_PORT: '0' });
  const { worker, close } = await startWorker(config, {
    bundle: { codePath: config.WORKFLOW_BUNDLE! },
    clock,
    // They would run by the machine's time, at any moment of a story.
    schedules: false,
  });
  const running = worker.run();
  return {
    ...product,
    clock,
    time,
    async close() {
      worker.shutdown();
      await running;
      await close();
      await api.close();
      await product.close();
    },
  };
}
export type VirtualProduct = Awaited<ReturnType<typeof openVirtualProduct>>;
