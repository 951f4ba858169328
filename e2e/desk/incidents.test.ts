import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFaultyWorker, type FaultyWorker } from '../harness/faulty-worker.ts';
import { ordersOf, type Orders, type PlacedOrder } from '../harness/orders.ts';
import { staffOf, type Staff } from '../harness/staff.ts';
import { openProduct, until, type Product } from '../harness/product.ts';

type Action = 'retry' | 'skip' | 'abort';
interface Case {
  step: string;
  /** The activity that cannot go on. */
  activity: string;
  action: Action;
  /** What the order ends as. */
  ends: 'active' | 'canceled' | 'refunded';
  /** Undo steps are reached through an abort of another step. */
  undoing?: true;
}

const stop = { stop: 'VendorRefused', message: 'ams-1 could not do it: 422 no. Fix the cause, then retry.' };

const forward = (step: string, activity: string, skip: boolean, abortEnds: 'canceled' | 'refunded'): Case[] => [
  { step, activity, action: 'retry', ends: 'active' },
  ...(skip ? [{ step, activity, action: 'skip', ends: 'active' } as const] : []),
  { step, activity, action: 'abort', ends: abortEnds },
];
const back = (step: string, activity: string, skipEnds?: 'canceled' | 'refunded'): Case[] => [
  { step, activity, action: 'retry', ends: 'refunded', undoing: true },
  ...(skipEnds ? [{ step, activity, action: 'skip', ends: skipEnds, undoing: true } as const] : []),
];

const CASES: Case[] = [
  ...forward('checkout', 'openCheckout', false, 'canceled'),
  ...forward('payment', 'bookPayment', true, 'refunded'),
  ...forward('placement', 'placeService', false, 'refunded'),
  ...forward('account', 'ensureAccount', true, 'refunded'),
  ...forward('welcome', 'sendWelcome', true, 'refunded'),
  ...forward('activation', 'activateService', false, 'refunded'),
  ...back('undo.account', 'deleteAccount', 'refunded'),
  ...back('undo.books', 'undoBooks'),
  ...back('undo.money', 'sendRefund', 'canceled'),
];

describe.each(['API', 'Temporal update'] as const)('decided through the %s', (way) => {
  let product: Product;
  let worker: FaultyWorker;
  let orders: Orders;
  let staff: Staff;

  beforeAll(async () => {
    product = await openProduct(`incidents_${way.slice(0, 3)}`);
    // One event tells of a payment: a second one that comes later has a parked payment looked at again.
    await product.vendors.stripe.call('POST', '/webhooks/plan', { drop: ['payment_intent.succeeded'] });
    worker = await startFaultyWorker(product);
    await product.startApi();
    orders = await ordersOf(product);
    staff = await staffOf(product);
  }, 60_000);
  afterAll(async () => {
    await orders?.close();
    await worker?.close();
    await product?.close();
  }, 60_000);

  const decide = async (order: PlacedOrder, incident: string, action: Action) => {
    const note = 'as the test says';
    if (way === 'API') {
      const body = action === 'retry' ? { action } : { action, note };
      expect(await staff.call('POST', `/incidents/${incident}/decisions`, body)).toMatchObject({ status: 200 });
      return;
    }
    const decision = action === 'retry' ? { action } : { action, note };
    const handle = product.temporal.workflow.getHandle(`order/${order.orderId}`);
    await handle.executeUpdate('resolveIncident', { args: [{ incident, actor: 'sam', decision }] });
  };

  it.each(CASES)(
    '$step parks, and $action ends the order $ends',
    async ({ step, activity, action, ends, undoing }) => {
      const paysFirst = step !== 'checkout';
      const order = await orders.place('stripe');
      if (undoing) {
        worker.spoil('sendWelcome', () => stop);
        worker.spoil(activity, () => stop);
        await orders.pay(order);
        await decide(order, await orders.parked(order, 'welcome'), 'abort');
      } else {
        // Before the page is paid the payment step only looks.
        worker.spoil(activity, () => stop);
        if (paysFirst) await orders.pay(order);
      }
      const incident = await orders.parked(order, step);
      const [row] = await product.db.sql<{ message: string; reason: string }>(
        `select message, reason from incident where id = $1`,
        [incident],
      );
      expect(row).toEqual({ message: stop.message, reason: 'VendorRefused' });
      if (action !== 'skip' || undoing) worker.heal();
      if (step === 'payment' && action === 'skip') worker.heal();
      await decide(order, incident, action);
      if (step === 'checkout' && action === 'retry') await orders.pay(order);
      await orders.ends(order, ends);
      worker.heal();

      const status = await product.db.sql(`select status from incident where id = $1`, [incident]);
      expect(status).toEqual([{ status: 'decided' }]);
      const [decision] = await product.db.sql(`select action from incident_decision where incident_id = $1`, [
        incident,
      ]);
      expect(decision).toEqual({ action });
      const [books] = await product.db.sql(
        `select coalesce(sum(amount_minor), 0) as total from ledger_entry where customer_id = $1`,
        [order.customerId],
      );
      expect(books).toEqual({ total: '0' });
      const [license] = await product.db.sql<{ status: string }>(`select status from license where customer_id = $1`, [
        order.customerId,
      ]);
      expect(license?.status).toBe(
        placedBefore(step, action) ? (ends === 'active' ? 'active' : 'cancelled') : undefined,
      );
    },
    60_000,
  );

  it('leaves no slot behind', async () => {
    const [{ n }] = (await product.db.sql<{ n: string }>(
      `select count(*) as n from service where status = 'active'`,
    )) as [{ n: string }];
    await until(async () => (await product.db.sql(`select 1 from node where slots_taken = $1`, [n])).length > 0);
  });
});

/** Whether the order got as far as a license. */
const placedBefore = (step: string, action: Action): boolean =>
  !(['checkout', 'payment', 'placement'].includes(step) && action === 'abort');
