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

  it('not when the order is taken back in that moment, and the answer says so', async () => {
    const { orderId, serviceId } = await harness.placed(await harness.node());
    const change = `status = 'canceled', ended_at = now(), ended_because = 'staff'`;
    const answer = await meanwhile(orderId, change, () => activate(orderId, serviceId));
    expect(answer).toMatchObject({ stop: 'OrderEnded' });
    expect(await started(serviceId)).toEqual([]);
  });
});
