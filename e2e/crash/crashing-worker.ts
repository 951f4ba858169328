/**
 * The real worker, which kills itself with signal 9 where CRASH_PLAN, a JSON file `{ activity, point }`, says, once:
 * the file is gone before the process is. Started by the crash tests in the worker's place.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync, rmSync } from 'node:fs';
import type { AllParts } from '#activities/index.ts';
import { main } from '#worker/main.ts';
import type { CrashPlan } from './plan.ts';

const PLAN_FILE = process.env.CRASH_PLAN!;
const inActivity = new AsyncLocalStorage<string>();

function dieIf(activity: string | undefined, point: CrashPlan['point']): void {
  let plan: CrashPlan;
  try {
    plan = JSON.parse(readFileSync(PLAN_FILE, 'utf8')) as CrashPlan;
  } catch {
    return;
  }
  if (plan.activity !== activity || plan.point !== point) return;
  rmSync(PLAN_FILE);
  process.kill(process.pid, 'SIGKILL');
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** Around each activity: before it does anything, and after it has done all but reported so. */
const wrap = <T extends object>(activities: T): T =>
  Object.fromEntries(
    Object.entries(activities as Record<string, Call>).map(([name, run]) => [
      name,
      (...args: unknown[]) =>
        inActivity.run(name, async () => {
          dieIf(name, 'before');
          const result = await run(...args);
          dieIf(name, 'after');
          return result;
        }),
    ]),
  ) as T;

/** Around each vendor: it has done what was asked and answered, and nothing of ours knows yet. */
const spoiled = <T extends object>(vendor: T): T =>
  new Proxy(vendor, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        const result = (await (value as Call).apply(target, args)) as unknown;
        dieIf(inActivity.getStore(), 'within');
        return result;
      };
    },
  });

const around = (parts: AllParts): AllParts => ({
  ...parts,
  mailer: spoiled(parts.mailer),
  gateways: { ...parts.gateways, of: (name) => spoiled(parts.gateways.of(name)) },
  panels: { of: (node) => spoiled(parts.panels.of(node)) },
});

await main({ wrap, around });
