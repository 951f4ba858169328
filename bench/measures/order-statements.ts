import { statementsOfOrder } from '#e2e/harness/order-statements.ts';
import type { Measure } from '../measure.ts';
import { openShop } from '../orders.ts';

const ROUNDS = 9;

export default {
  ids: ['order-statements'],
  method:
    'statements that API and worker send for one order paid by card, from the row that is placed until the service is active and ' +
    'nothing is left to be told: relays, intake of all its webhooks and every step, begin and commit counted, read on the way to ' +
    'PostgreSQL. What runs by the clock is left out. One order at a time, as with many the relays send several with one look.',
  async run(harness) {
    const shop = await openShop(harness, { isHeard: true });
    try {
      harness.say('warming up');
      for (let i = 0; i < 3; i += 1) await shop.order();
      const rounds: number[] = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        const statements = await statementsOfOrder(shop.product, shop.orders, shop.wire!, 'stripe');
        rounds.push(statements.length);
      }
      harness.say(`rounds: ${rounds.join(', ')}`);
      return [{ id: 'order-statements', unit: 'statements', baseline: null, must: 60, aim: 40, rounds }];
    } finally {
      await shop.close();
    }
  },
} satisfies Measure;
