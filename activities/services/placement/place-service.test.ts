import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { asOf, provisioningHarness } from '#activities/testing/provisioning-harness.ts';

const harness = provisioningHarness('placement');

/** Somebody waits for any node, so that a slot that is given back wakes him. */
const waitFor = (orderId: string) =>
  harness.db.sql(
    `insert into incident (id, workflow_id, workflow_type, order_id, step, reason, message, choices, status, opened_at)
     values ($1, $2, 'fulfillOrder', $3, 'placement', 'NoFreeNode', 'full', '[]', 'open', now())`,
    [newId(), `order/${orderId}`, orderId],
  );

describe('a slot that is given back', () => {
  it('wakes those who wait each time, also when it is one service of one node in the same instant', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const waiting = await harness.order();
    await waitFor(waiting.orderId);
    const { orderId, serviceId } = await harness.placed(a);
    for (const { id: nodeId } of [b, a, b, a]) {
      expect(await harness.place({ orderId, nodeId, asOf })).toMatchObject({ serviceId, nodeId });
    }
    expect([await a.slots(), await b.slots()]).toEqual([1, 0]);
    const woken = await harness.db.sql(
      `select 1 from command_outbox where workflow_id = $1 and name = 'conditionsChanged'`,
      [`order/${waiting.orderId}`],
    );
    expect(woken).toHaveLength(4);
  });

  it('wakes them once when the move is repeated', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const waiting = await harness.order();
    await waitFor(waiting.orderId);
    const { orderId } = await harness.placed(a);
    for (let i = 0; i < 3; i += 1) await harness.place({ orderId, nodeId: b.id });
    const woken = await harness.db.sql(`select 1 from command_outbox where workflow_id = $1 and kind = 'signal'`, [
      `order/${waiting.orderId}`,
    ]);
    expect(woken).toHaveLength(1);
  });
});

describe('runs of one order at once', () => {
  it('place it once', async () => {
    await harness.closeNodes();
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId } = await harness.order();
    const placed = await Promise.all(Array.from({ length: 4 }, () => harness.place({ orderId })));
    expect(new Set(placed.map((each) => 'serviceId' in each && each.serviceId)).size).toBe(1);
    expect((await a.slots()) + (await b.slots())).toBe(1);
    expect(await harness.db.sql('select 1 from subscription where order_id = $1', [orderId])).toHaveLength(1);
  });

  it('move it one after the other: it holds one slot, and every node it went on from is remembered', async () => {
    const nodes = [await harness.node(), await harness.node(), await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(nodes[0]!);
    await Promise.all(nodes.slice(1).map(({ id: nodeId }) => harness.place({ orderId, nodeId })));
    const { node_id: last } = await harness.service(serviceId);
    expect(await Promise.all(nodes.map((node) => node.slots()))).toEqual(nodes.map(({ id }) => (id === last ? 1 : 0)));
    const left = await harness.db.sql<{ node_id: string }>(
      'select node_id from orphaned_account where service_id = $1 and resolved_at is null',
      [serviceId],
    );
    expect(left.map(({ node_id: id }) => id).toSorted()).toEqual(
      nodes
        .map(({ id }) => id)
        .filter((id) => id !== last)
        .toSorted(),
    );
  });
});

describe('a name that another of our services has on the node', () => {
  const bakery = { username: 'harborbakery' };

  it('leads the order to a node where it is free', async () => {
    await harness.closeNodes();
    const [a, b] = [await harness.node(), await harness.node()];
    await harness.placed(a, bakery);
    // The other node is fuller, so that only the name decides.
    for (let i = 0; i < 2; i += 1) await harness.placed(b);
    expect(await harness.place({ orderId: (await harness.order(bakery)).orderId })).toMatchObject({ nodeId: b.id });
  });

  it('does not keep the order from the only node there is: there the account step says that it is taken', async () => {
    await harness.closeNodes();
    const node = await harness.node();
    const first = await harness.placed(node, bakery);
    expect(await harness.provisioning.ensureAccount({ serviceId: first.serviceId, asOf })).toBe('ready');
    const second = await harness.order(bakery);
    const placed = await harness.place({ orderId: second.orderId });
    if ('stop' in placed) throw new Error(placed.message);
    expect(placed.nodeId).toBe(node.id);
    const { serviceId } = placed;
    expect(await harness.provisioning.ensureAccount({ serviceId, asOf })).toMatchObject({ stop: 'NameTaken' });
    expect(await harness.provisioning.ensureAccount({ serviceId, username: 'inesmoreau', asOf })).toBe('ready');
    expect(node.names()).toEqual(['harborbakery', 'inesmoreau']);
  });

  it('is one service’s when two are placed with it at once', async () => {
    await harness.closeNodes();
    const node = await harness.node();
    const orders = [await harness.order(bakery), await harness.order(bakery), await harness.order(bakery)];
    const placed = await Promise.all(orders.map(({ orderId }) => harness.place({ orderId })));
    expect(placed.map((one) => 'nodeId' in one && one.nodeId)).toEqual(orders.map(() => node.id));
    const named = await harness.db.sql(`select 1 from service where node_id = $1 and username = 'harborbakery'`, [
      node.id,
    ]);
    expect(named).toHaveLength(1);
  });

  it('is another when staff name one with the node', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    await harness.placed(b, bakery);
    const { orderId, serviceId } = await harness.placed(a, bakery);
    await harness.place({ orderId, nodeId: b.id, username: 'inesmoreau' });
    expect(await harness.service(serviceId)).toMatchObject({ node_id: b.id, username: 'inesmoreau' });
  });
});

describe('a plan that is refused when it is full', () => {
  it('parks who has paid for what was taken meanwhile, as any other; the next one is refused before paying', async () => {
    await harness.closeNodes();
    const node = await harness.node({ capacity: 1 });
    await harness.db.sql(`update plan set when_full = 'refuse' where code = 'starter'`);
    // Both were placed while the slot was free.
    const [first, second] = [await harness.order(), await harness.order()];
    const placed = await Promise.all([first, second].map(({ orderId }) => harness.place({ orderId })));
    expect(placed.map((one) => ('stop' in one ? one.stop : 'placed')).toSorted()).toEqual(['NoFreeNode', 'placed']);
    expect(await node.slots()).toBe(1);
    await expect(harness.order()).rejects.toThrow('sold_out');

    // The one that waits goes on once there is room, and so do those who order then.
    await harness.db.sql('update node set capacity = 3 where id = $1', [node.id]);
    for (const { orderId } of [first, second])
      expect(await harness.place({ orderId })).toMatchObject({ nodeId: node.id });
    await harness.order();
    await harness.db.sql(`update plan set when_full = 'wait' where code = 'starter'`);
  });
});

it('a node that is not there is said so', async () => {
  const { orderId } = await harness.order();
  for (const nodeId of ['ams-1', newId()]) {
    expect(await harness.place({ orderId, nodeId })).toMatchObject({
      stop: 'NoFreeNode',
      message: expect.stringContaining(`There is no node ${nodeId}`),
    });
  }
});
