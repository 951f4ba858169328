import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Running } from '../harness/processes.ts';
import { ordersOf } from '../harness/orders.ts';
import { openProduct, until, type ProductOptions } from '../harness/product.ts';
import type { CrashPlan } from './plan.ts';

/** A product whose worker dies where it is told to and is started again, as the launcher would. */
export async function openCrashHarness(label: string, options: ProductOptions = {}) {
  const product = await openProduct(label, options);
  const folder = mkdtempSync(join(tmpdir(), 'hostwright-crash-'));
  const planFile = join(folder, 'plan.json');
  const closing = new AbortController();
  let deaths = 0;
  let worker: Running;
  const keepAlive = async () => {
    while (!closing.signal.aborted) {
      worker = await product.startWorker('e2e/crash/crashing-worker.ts', { CRASH_PLAN: planFile });
      await worker.gone;
      deaths += 1;
    }
  };
  let api = await product.startApi();
  const alive = keepAlive();
  await until(async () => worker !== undefined);
  const orders = await ordersOf(product);

  return {
    product,
    deaths: () => deaths,
    plan: (plan: CrashPlan) => writeFileSync(planFile, JSON.stringify(plan)),
    /** Signal 9 to the API, and a new one. */
    async killApi() {
      await api.kill();
      api = await product.startApi();
    },
    orders,
    async close() {
      closing.abort();
      await worker.kill();
      await alive;
      await orders.close();
      await product.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type CrashHarness = Awaited<ReturnType<typeof openCrashHarness>>;
