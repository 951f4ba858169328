import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PlacedOrder } from '../harness/orders.ts';
import { openCrashHarness, type CrashHarness } from './crash-harness.ts';
import { expectBooksInOrder, expectExactlyOne } from './outcome.ts';
import { CRASHES } from './plan.ts';

/** Side by side, each with a database, an API and a worker of its own: most of a crash is waiting for its discovery. */
const LANES = 4;

/**
 * The worker dies with signal 9 at every point of every activity, the API after it answered the webhook. Each case is
 * one order; afterwards there is one of everything and nobody touched anything.
 */
export function describeCrashes(gateway: 'stripe' | 'paypal'): void {
  describe(`an order paid through ${gateway}`, () => {
    let lanes: CrashHarness[];
    const ended: Promise<void>[] = [];
    const cases = CRASHES.map((plan, i) => ({
      plan,
      crash: i % LANES,
      title: `the worker dies ${plan.point} ${plan.activity}`,
    }));
    const results = new Map<string, Promise<{ order: PlacedOrder; deaths: number }>>();

    beforeAll(async () => {
      lanes = await Promise.all(Array.from({ length: LANES }, (_, i) => openCrashHarness(`crash_${gateway}_${i}`)));
      for (const [i, crash] of lanes.entries()) {
        let turn: Promise<unknown> = Promise.resolve();
        for (const { plan, title } of cases.filter((each) => each.crash === i)) {
          const result = turn.then(async () => {
            const before = crash.deaths();
            crash.plan(plan);
            const order = await crash.orders.place(gateway);
            await crash.orders.pay(order);
            await crash.orders.ends(order, 'active');
            return { order, deaths: crash.deaths() - before };
          });
          results.set(title, result);
          turn = result.catch(() => undefined);
        }
        ended.push(turn.then(() => undefined));
      }
    }, 120_000);
    afterAll(async () => {
      await Promise.all(lanes.map((crash) => crash.close()));
    }, 60_000);

    it.each(cases)(
      '$title',
      async ({ plan, crash, title }) => {
        const { order, deaths } = await results.get(title)!;
        expect(deaths).toBe(1);
        // Between the mail server's answer and our record of it, a mail may come again under the same Message-ID.
        const mayRepeat = plan.activity === 'sendWelcome' && plan.point === 'within';
        await expectExactlyOne(lanes[crash]!.product, order, mayRepeat ? [1, 2] : [1]);
      },
      300_000,
    );

    it('the API dies right after it answered the webhook', async () => {
      await Promise.all(ended);
      const crash = lanes[0]!;
      const order = await crash.orders.place(gateway);
      await crash.orders.pay(order);
      await crash.killApi();
      await crash.orders.ends(order, 'active');
      await expectExactlyOne(crash.product, order);
    }, 120_000);

    it('leaves slots, books and audit in order', async () => {
      await Promise.all(ended);
      for (const [i, crash] of lanes.entries()) {
        await crash.product.db.sql(`select audit_sequence(10000)`);
        await expectBooksInOrder(crash.product, cases.filter((each) => each.crash === i).length + (i === 0 ? 1 : 0));
      }
      process.stderr.write(`${gateway}: ${cases.length} deaths of the worker and one of the API, each survived\n`);
    }, 120_000);
  });
}
