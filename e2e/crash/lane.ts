import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Running } from '../harness/processes.ts';
import { ordersOf } from '../harness/orders.ts';
import { openStage, until, type StageOptions } from '../harness/stage.ts';
import type { CrashPlan } from './plan.ts';

/** A stage whose worker dies where it is told to and is started again, as the launcher would. */
export async function openLane(label: string, options: StageOptions = {}) {
  const stage = await openStage(label, options);
  const folder = mkdtempSync(join(tmpdir(), 'hostwright-crash-'));
  const planFile = join(folder, 'plan.json');
  const closing = new AbortController();
  let deaths = 0;
  let worker: Running;
  const keepAlive = async () => {
    while (!closing.signal.aborted) {
      worker = await stage.startWorker('e2e/crash/crashing-worker.ts', { CRASH_PLAN: planFile });
      await worker.gone;
      deaths += 1;
    }
  };
  let api = await stage.startApi();
  const alive = keepAlive();
  await until(async () => worker !== undefined);
  const orders = await ordersOf(stage);

  return {
    stage,
    deaths: () => deaths,
    plan: (plan: CrashPlan) => writeFileSync(planFile, JSON.stringify(plan)),
    /** Signal 9 to the API, and a new one. */
    async killApi() {
      await api.kill();
      api = await stage.startApi();
    },
    orders,
    async close() {
      closing.abort();
      await worker.kill();
      await alive;
      await orders.close();
      await stage.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type Lane = Awaited<ReturnType<typeof openLane>>;
