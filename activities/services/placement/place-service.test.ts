import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { asOf, provisioningStage } from '#activities/testing/provisioning-harness.ts';

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

describe('a name that another of our services has on the node', () => {
  const bakery = { username: 'harborbakery' };

  it('leads the order to a node where it is free', async () => {
    await stage.closeNodes();
    const [a, b] = [await stage.node(), await stage.node()];
    await stage.placed(a, bakery);
    // The other node is fuller, so that only the name decides.
    for (let i = 0; i < 2; i += 1) await stage.placed(b);
    expect(await stage.place({ orderId: (await stage.order(bakery)).orderId })).toMatchObject({ nodeId: b.id });
  });

  it('does not keep the order from the only node there is: there the account step says that it is taken', async () => {
    await stage.closeNodes();
    const node = await stage.node();
    const first = await stage.placed(node, bakery);
    expect(await stage.provisioning.ensureAccount({ serviceId: first.serviceId, asOf })).toBe('ready');
    const second = await stage.order(bakery);
    const placed = await stage.place({ orderId: second.orderId });
    if ('stop' in placed) throw new Error(placed.message);
    expect(placed.nodeId).toBe(node.id);
    const { serviceId } = placed;
    expect(await stage.provisioning.ensureAccount({ serviceId, asOf })).toMatchObject({ stop: 'NameTaken' });
    expect(await stage.provisioning.ensureAccount({ serviceId, username: 'inesmoreau', asOf })).toBe('ready');
    expect(node.names()).toEqual(['harborbakery', 'inesmoreau']);
  });

  it('is one service’s when two are placed with it at once', async () => {
    await stage.closeNodes();
    const node = await stage.node();
    const orders = [await stage.order(bakery), await stage.order(bakery), await stage.order(bakery)];
    const placed = await Promise.all(orders.map(({ orderId }) => stage.place({ orderId })));
    expect(placed.map((one) => 'nodeId' in one && one.nodeId)).toEqual(orders.map(() => node.id));
    const named = await stage.db.sql(`select 1 from service where node_id = $1 and username = 'harborbakery'`, [
      node.id,
    ]);
    expect(named).toHaveLength(1);
  });

  it('is another when staff name one with the node', async () => {
    const [a, b] = [await stage.node(), await stage.node()];
    await stage.placed(b, bakery);
    const { orderId, serviceId } = await stage.placed(a, bakery);
    await stage.place({ orderId, nodeId: b.id, username: 'inesmoreau' });
    expect(await stage.service(serviceId)).toMatchObject({ node_id: b.id, username: 'inesmoreau' });
  });
});

it('a node that is not there is said so', async () => {
  const { orderId } = await stage.order();
  for (const nodeId of ['ams-1', newId()]) {
    expect(await stage.place({ orderId, nodeId })).toMatchObject({
      stop: 'NoFreeNode',
      message: expect.stringContaining(`There is no node ${nodeId}`),
    });
  }
});
