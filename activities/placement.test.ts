import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { asOf, provisioningStage } from './testing/provisioning-stage.ts';

const stage = provisioningStage('placement');

/** Somebody waits for any node, so that a slot that is given back wakes him. */
const waitFor = (orderId: string) =>
  stage.db.sql(
    `insert into incident (id, workflow_id, workflow_type, order_id, step, reason, message, choices, status, opened_at)
     values ($1, $2, 'fulfillOrder', $3, 'placement', 'NoFreeNode', 'full', '[]', 'open', now())`,
    [newId(), `order/${orderId}`, orderId],
  );

describe('a slot that is given back', () => {
  it('wakes those who wait each time, also when it is one service of one node in the same instant', async () => {
    const [a, b] = [await stage.node(), await stage.node()];
    const waiting = await stage.order();
    await waitFor(waiting.orderId);
    const { orderId, serviceId } = await stage.placed(a);
    for (const { id: nodeId } of [b, a, b, a]) {
      expect(await stage.place({ orderId, nodeId, asOf })).toMatchObject({ serviceId, nodeId });
    }
    expect([await a.slots(), await b.slots()]).toEqual([1, 0]);
    const woken = await stage.db.sql(
      `select 1 from command_outbox where workflow_id = $1 and name = 'conditionsChanged'`,
      [`order/${waiting.orderId}`],
    );
    expect(woken).toHaveLength(4);
  });

  it('wakes them once when the move is repeated', async () => {
    const [a, b] = [await stage.node(), await stage.node()];
    const waiting = await stage.order();
    await waitFor(waiting.orderId);
    const { orderId } = await stage.placed(a);
    for (let i = 0; i < 3; i += 1) await stage.place({ orderId, nodeId: b.id });
    const woken = await stage.db.sql(`select 1 from command_outbox where workflow_id = $1 and kind = 'signal'`, [
      `order/${waiting.orderId}`,
    ]);
    expect(woken).toHaveLength(1);
  });
});
