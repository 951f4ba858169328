import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { openCrashHarness, type CrashHarness } from './crash-harness.ts';
import { expectBooksInOrder, expectExactlyOne } from './outcome.ts';
import type { PlacedOrder } from '../harness/orders.ts';
import { startKillableServers } from '../harness/killable-servers.ts';

type Broken = 'postgres' | 'temporal';
const OUTAGES: Broken[][] = [['temporal'], ['postgres'], ['temporal', 'postgres']];
/** Milliseconds after the customer paid: before the webhook, and while the account is being made. */
const MOMENTS = [0, 150, 400];

describe('when the servers themselves are killed', () => {
  let servers: Awaited<ReturnType<typeof startKillableServers>>;
  let crash: CrashHarness;
  let orders = 0;

  beforeAll(async () => {
    servers = await startKillableServers();
    process.env.HOSTWRIGHT_TEST_PG_URL = servers.postgresUrl;
    process.env.HOSTWRIGHT_TEST_TEMPLATE = servers.template;
    crash = await openCrashHarness('outage', { temporalAddress: servers.temporalAddress });
  }, 120_000);
  afterAll(async () => {
    await crash?.close();
    await servers?.close();
  }, 60_000);

  /** Asks again while the server that would answer is away. */
  const patiently = async (ask: () => Promise<void>) => {
    for (;;) {
      try {
        return await ask();
      } catch {
        await pause(200);
      }
    }
  };

  /** One order of each gateway is on its way when the servers die. */
  const both = async (
    before: (order: PlacedOrder) => Promise<void>,
    broken: Broken[],
    after: (order: PlacedOrder) => Promise<void>,
  ) => {
    const placed = [await crash.orders.place('stripe'), await crash.orders.place('paypal')];
    await Promise.all(placed.map(before));
    for (const name of broken) servers.kill(name);
    await Promise.all(placed.map((order) => patiently(() => after(order))));
    orders += placed.length;
    await servers.back();
    for (const order of placed) await expectExactlyOne(crash.product, order, [1, 2]);
  };

  const cases = OUTAGES.flatMap((broken) => MOMENTS.map((ms) => ({ broken, ms, what: broken.join(' and ') })));

  it.each(cases)(
    '$what, $ms ms after the payments',
    async ({ broken, ms }) => {
      const pay = async (order: PlacedOrder) => {
        await crash.orders.pay(order);
        await pause(ms);
      };
      await both(pay, broken, (order) => crash.orders.ends(order, 'active'));
    },
    180_000,
  );

  it('temporal and postgres, before the payment page is open', async () => {
    await both(
      async () => {},
      ['temporal', 'postgres'],
      async (order) => {
        await crash.orders.pay(order);
        await patiently(() => crash.orders.ends(order, 'active'));
      },
    );
  }, 240_000);

  it('leaves slots, books and audit in order', async () => {
    await crash.product.db.sql(`select audit_sequence(10000)`);
    await expectBooksInOrder(crash.product, orders);
    process.stderr.write(`${orders} orders survived kills of Temporal and PostgreSQL\n`);
  });
});
