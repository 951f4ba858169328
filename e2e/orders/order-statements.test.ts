import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openWire } from '#db/testing/wire.ts';
import { testSetting } from '#workflows/testing/harness.ts';
import { statementsOfOrder, tally } from '../harness/order-statements.ts';
import { ordersOf, type Orders } from '../harness/orders.ts';
import { openProduct, type Product } from '../harness/product.ts';

/** What an order costs now. Lower it when it falls; whoever lets it grow says why. */
const MOST = { stripe: 38, paypal: 40 };
const ORDERS = 5;

describe('what one order sends to the database, from the row that is placed to the live service', () => {
  let wire: Awaited<ReturnType<typeof openWire>>;
  let product: Product;
  let orders: Orders;
  beforeAll(async () => {
    wire = await openWire(testSetting('HOSTWRIGHT_TEST_PG_URL'));
    product = await openProduct('order_statements', { through: wire.through });
    await Promise.all([product.startApi(), product.startWorker()]);
    orders = await ordersOf(product);
  }, 60_000);
  afterAll(async () => {
    await orders?.close();
    await product?.close();
    wire?.close();
  }, 60_000);

  it.each(['stripe', 'paypal'] as const)(
    'has not grown: %s',
    async (gateway) => {
      let fewest: string[] = [];
      for (let i = 0; i < ORDERS; i += 1) {
        const statements = await statementsOfOrder(product, orders, wire, gateway);
        // Commands that are told together on one run are told apart on another; the fewest is what is counted.
        if (i === 0 || statements.length < fewest.length) fewest = statements;
      }
      // On paper it is the statements that say what has grown.
      expect(
        fewest.length > MOST[gateway] ? `${fewest.length} statements:\n${tally(fewest)}` : 'as many as before',
      ).toBe('as many as before');
    },
    120_000,
  );
});
