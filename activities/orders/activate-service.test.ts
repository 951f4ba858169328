import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { connectAs } from '#db/testing/rows.ts';
import { asOf, provisioningHarness } from '#activities/testing/provisioning-harness.ts';
import { createActivationActivities } from './activate-service.ts';

const harness = provisioningHarness('activation');

/** Runs what is given while somebody else holds the order's row, and changes it in the moment it is asked for. */
async function meanwhile<T>(orderId: string, change: string, run: () => Promise<T>): Promise<T> {
  const other = await connectAs(harness.db, 'owner');
  await other.query('begin');
  await other.query(`update "order" set ${change} where id = $1`, [orderId]);
  const running = run();
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await harness.db.sql(waits)).length === 0) await pause(5);
  await other.query('commit');
  await other.end();
  return running;
}

describe('a service is activated', () => {
  const started = (serviceId: string) =>
    harness.db.sql<{ begin_at: Date }>(
      `select begin_at from command_outbox where name = 'keepSubscription' and args->0->>'serviceId' = $1`,
      [serviceId],
    );
  const activate = (orderId: string, serviceId: string) =>
    createActivationActivities(harness).activateService({ orderId, serviceId, inboxIds: [], asOf });

  it('once, and its keeper begins with the next action', async () => {
    const { orderId, serviceId } = await harness.placed(await harness.node());
    const runs = await Promise.all([1, 2, 3].map(() => activate(orderId, serviceId)));
    expect(runs).toEqual([1, 2, 3].map(() => ({ explained: [] })));
    const [{ next_action_at: nextActionAt } = {}] = await harness.db.sql<{ next_action_at: Date }>(
      'select next_action_at from subscription where order_id = $1',
      [orderId],
    );
    expect(await started(serviceId)).toEqual([{ begin_at: nextActionAt }]);
  });

  it.each([
    ['weekly', '2026-11-28', '2026-11-26T00:00:00Z'],
    ['quarterly', '2027-02-21', '2027-02-07T00:00:00Z'],
    ['half_yearly', '2027-05-21', '2027-05-07T00:00:00Z'],
    ['two_yearly', '2028-11-21', '2028-10-22T00:00:00Z'],
    ['three_yearly', '2029-11-21', '2029-10-22T00:00:00Z'],
    ['one_time', null, null],
  ])('%s is paid through %s, and comes up again at %s', async (cycle, paidThrough, at) => {
    await harness.node();
    const { orderId } = await harness.order();
    await harness.db.sql('update order_line set cycle = $2 where order_id = $1', [orderId, cycle]);
    const { serviceId } = (await harness.place({ orderId })) as { serviceId: string };
    await activate(orderId, serviceId);
    const [subscription] = await harness.db.sql(
      'select status, paid_through::text, next_action, next_action_at from subscription where order_id = $1',
      [orderId],
    );
    const nextActionAt = at && new Date(at);
    expect(subscription).toEqual({
      status: 'active',
      paid_through: paidThrough,
      next_action: at && 'renew',
      next_action_at: nextActionAt,
    });
    // Its keeper is there in any case: it takes what is asked of the subscription.
    expect(await started(serviceId)).toEqual([{ begin_at: nextActionAt }]);
  });

  it('not when the order is taken back in that moment, and the answer says so', async () => {
    const { orderId, serviceId } = await harness.placed(await harness.node());
    const change = `status = 'canceled', ended_at = now(), ended_because = 'staff'`;
    const answer = await meanwhile(orderId, change, () => activate(orderId, serviceId));
    expect(answer).toMatchObject({ stop: 'OrderEnded' });
    expect(await started(serviceId)).toEqual([]);
  });
});
