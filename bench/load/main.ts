import { closedLoop, openLoop, type LoopResult } from './loops.ts';
import { makeQuestions } from './questions.ts';

/** A run of the generator, which is a process of its own so that it takes no time from what it measures. */
export interface Load {
  /** What the server is called in the Host header. */
  host: string;
  port: number;
  connections: number;
  licenses: number;
  /** The product refuses a nonce twice and its answers are checked; baselines take the same questions again. */
  isProduct: boolean;
  loop: { kind: 'closed'; seconds: number; most: number } | { kind: 'open'; rate: number; seconds: number };
}
export type LoadReport = LoopResult & { cpuSeconds: number };

process.on('disconnect', () => process.exit());
process.on('message', async ({ port, host, connections, licenses, isProduct, loop }: Load) => {
  try {
    const count = loop.kind === 'closed' ? loop.most : loop.rate * loop.seconds;
    const questions = makeQuestions(count, licenses, host);
    const before = process.cpuUsage();
    const options = { port, connections, questions, isProduct };
    const result =
      loop.kind === 'closed'
        ? await closedLoop({ ...options, seconds: loop.seconds })
        : await openLoop({ ...options, rate: loop.rate });
    const { user, system } = process.cpuUsage(before);
    process.send!({ ...result, cpuSeconds: (user + system) / 1e6 } satisfies LoadReport);
  } catch (error) {
    process.send!({ error: error instanceof Error ? error.message : String(error) });
  }
});
