import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PlacedOrder } from '../harness/orders.ts';
import { openLane, type Lane } from './lane.ts';
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
    let lanes: Lane[];
    const ended: Promise<void>[] = [];
    const cases = CRASHES.map((plan, i) => ({
      plan,
      lane: i % LANES,
      title: `the worker dies ${plan.point} ${plan.activity}`,
    }));
    const results = new Map<string, Promise<{ order: PlacedOrder; deaths: number }>>();

    beforeAll(async () => {
      lanes = await Promise.all(Array.from({ length: LANES }, (_, i) => openLane(`crash_${gateway}_${i}`)));
      for (const [i, lane] of lanes.entries()) {
        let turn: Promise<unknown> = Promise.resolve();
        for (const { plan, title } of cases.filter((each) => each.lane === i)) {
          const result = turn.then(async () => {
            const before = lane.deaths();
            lane.plan(plan);
            const order = await lane.orders.place(gateway);
            await lane.orders.pay(order);
            await lane.orders.ends(order, 'active');
            return { order, deaths: lane.deaths() - before };
          });
          results.set(title, result);
          turn = result.catch(() => undefined);
        }
        ended.push(turn.then(() => undefined));
      }
    }, 120_000);
    afterAll(async () => {
      await Promise.all(lanes.map((lane) => lane.close()));
    }, 60_000);

    it.each(cases)(
      '$title',
      async ({ plan, lane, title }) => {
        const { order, deaths } = await results.get(title)!;
        expect(deaths).toBe(1);
        // Between the mail server's answer and our record of it, a mail may come again under the same Message-ID.
        const mayRepeat = plan.activity === 'sendWelcome' && plan.point === 'within';
        await expectExactlyOne(lanes[lane]!.stage, order, mayRepeat ? [1, 2] : [1]);
      },
      300_000,
    );

    it('the API dies right after it answered the webhook', async () => {
      await Promise.all(ended);
      const lane = lanes[0]!;
      const order = await lane.orders.place(gateway);
      await lane.orders.pay(order);
      await lane.killApi();
      await lane.orders.ends(order, 'active');
      await expectExactlyOne(lane.stage, order);
    }, 120_000);

    it('leaves slots, books and audit in order', async () => {
      await Promise.all(ended);
      for (const [i, lane] of lanes.entries()) {
        await lane.stage.db.sql(`select audit_sequence(10000)`);
        await expectBooksInOrder(lane.stage, cases.filter((each) => each.lane === i).length + (i === 0 ? 1 : 0));
      }
      process.stderr.write(`${gateway}: ${cases.length} deaths of the worker and one of the API, each survived\n`);
    }, 120_000);
  });
}
