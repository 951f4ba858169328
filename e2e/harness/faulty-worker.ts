import { readConfiguration } from '#domain/configuration/configuration.ts';
import { startWorker } from '#worker/main.ts';
import type { Product } from './product.ts';

/** What an activity does instead of its work, until told otherwise; undefined lets it work. */
export type Spoil = (input: Record<string, unknown>) => unknown;

type Call = (input: Record<string, unknown>) => Promise<unknown>;

/** The real worker inside the test's own process, with activities that a test can spoil one by one. */
export async function startFaultyWorker(product: Product) {
  const spoils = new Map<string, Spoil>();
  const wrap = <T extends object>(activities: T): T =>
    Object.fromEntries(
      Object.entries(activities as Record<string, Call>).map(([name, run]) => [
        name,
        async (input: Record<string, unknown>) => {
          const instead = spoils.get(name)?.(input);
          if (instead instanceof Error) throw instead;
          return instead === undefined ? run(input) : instead;
        },
      ]),
    ) as T;
  const config = readConfiguration('worker', { ...product.environment, WORKER_PORT: '0' });
  const { worker, close } = await startWorker(config, { bundle: { codePath: config.WORKFLOW_BUNDLE! }, wrap });
  const running = worker.run();
  return {
    spoil: (activity: string, how: Spoil) => void spoils.set(activity, how),
    heal: () => spoils.clear(),
    async close() {
      worker.shutdown();
      await running;
      await close();
    },
  };
}
export type FaultyWorker = Awaited<ReturnType<typeof startFaultyWorker>>;
