import { describe, expect, it } from '@jest/globals';
import { asOf, counts, provisioningHarness, SILENT, type TestNode } from '#activities/testing/provisioning-harness.ts';

/** Staff who go another way after a try whose answer was lost, or after none: there must never be a second account. */
const harness = provisioningHarness('leaving');

/** What the workflow does when staff retry with another node. */
async function move(orderId: string, serviceId: string, to: TestNode) {
  const placed = await harness.place({ orderId, nodeId: to.id });
  if ('stop' in placed) return placed;
  if (placed.hasFormerNodes) await harness.provisioning.cleanUpFormerNodes({ serviceId, asOf });
  return harness.ensure(serviceId);
}

const slots = (...nodes: TestNode[]) => Promise.all(nodes.map((node) => node.slots()));

describe('an order that goes on to another node', () => {
  it('leaves no account on the old one, also if nobody knew of it', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    await harness.lose(a, serviceId);
    expect(counts(a, b)).toEqual([1, 0]);
    expect(await move(orderId, serviceId, b)).toBe('ready');
    expect(counts(a, b)).toEqual([0, 1]);
    expect(await slots(a, b)).toEqual([0, 1]);
    expect(await harness.tasks(orderId)).toEqual([]);
    expect(await harness.place({ orderId, nodeId: b.id })).toMatchObject({ hasFormerNodes: false });
  });

  it.each(['full', 'not there'])('keeps its account where the new node is %s', async (why) => {
    const [a, b] = [await harness.node(), await harness.node({ capacity: 1 })];
    await harness.placed(b);
    const { orderId, serviceId } = await harness.placed(a);
    expect(await harness.ensure(serviceId)).toBe('ready');
    const before = await harness.service(serviceId);
    const to = why === 'full' ? b : { ...b, id: 'ams-1' };
    expect(await move(orderId, serviceId, to)).toMatchObject({ stop: 'NoFreeNode' });
    expect(counts(a)).toEqual([1]);
    expect(await harness.service(serviceId)).toEqual(before);
    expect(await slots(a, b)).toEqual([1, 1]);
  });

  it('is cleaned up after by whoever comes next when the worker dies in between', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    expect(await harness.ensure(serviceId)).toBe('ready');
    await harness.place({ orderId, nodeId: b.id });
    expect(counts(a, b)).toEqual([1, 0]);
    expect(await move(orderId, serviceId, b)).toBe('ready');
    expect(counts(a, b)).toEqual([0, 1]);
  });

  it('twice leaves nothing on either, also where the first was not cleaned up before the second', async () => {
    const [a, b, c] = [await harness.node(), await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    await harness.lose(a, serviceId, 'harborbakery');
    await harness.place({ orderId, nodeId: b.id });
    await harness.lose(b, serviceId, 'inesmoreau');
    expect(counts(a, b, c)).toEqual([1, 1, 0]);
    expect(await move(orderId, serviceId, c)).toBe('ready');
    expect(counts(a, b, c)).toEqual([0, 0, 1]);
    expect(await slots(a, b, c)).toEqual([0, 0, 1]);
  });

  it('and back again keeps the account that is there, and loses the other', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    expect(await harness.ensure(serviceId)).toBe('ready');
    // Nobody had time to clean up.
    await harness.place({ orderId, nodeId: b.id });
    await harness.lose(b, serviceId);
    expect(await move(orderId, serviceId, a)).toBe('ready');
    expect(counts(a, b)).toEqual([1, 0]);
    expect(await harness.service(serviceId)).toMatchObject({ node_id: a.id, external_id: '1001', made_by_us: true });
    expect(await slots(a, b)).toEqual([1, 0]);
    // And forth once more: what was noted of the first time does not stand in the way.
    expect(await move(orderId, serviceId, b)).toBe('ready');
    expect(counts(a, b)).toEqual([0, 1]);
  });

  it('deletes the account under the name staff gave it, where we have its id, on a panel that tells nothing', async () => {
    const [a, b] = [await harness.node(SILENT), await harness.node(SILENT)];
    const { orderId, serviceId } = await harness.placed(a);
    expect(await harness.ensure(serviceId, 'harborbakery')).toBe('ready');
    expect(await move(orderId, serviceId, b)).toBe('ready');
    expect(counts(a, b)).toEqual([0, 1]);
  });

  it('asks staff to look where the panel does not say whose an account is', async () => {
    const [a, b] = [await harness.node(SILENT), await harness.node(SILENT)];
    const { orderId, serviceId } = await harness.placed(a);
    await harness.lose(a, serviceId, 'harborbakery');
    expect(await move(orderId, serviceId, b)).toBe('ready');
    expect(counts(a, b)).toEqual([1, 1]);
    expect(await harness.tasks(orderId)).toEqual([
      {
        kind: 'orphaned_account',
        text: expect.stringMatching(new RegExp(`${a.name}.*harborbakery.*does not say whose it is\\. Look there`)),
        done: false,
      },
    ]);
  });
});

describe('a panel that an order left and that does not answer', () => {
  async function left() {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    expect(await harness.ensure(serviceId)).toBe('ready');
    a.simulator.faults.plan({ kind: 'error-before', status: 503 });
    await harness.place({ orderId, nodeId: b.id });
    const leave = () => harness.provisioning.cleanUpFormerNodes({ serviceId, asOf });
    await expect(leave()).rejects.toMatchObject({ name: 'VendorUnavailable', where: { nodeId: a.id } });
    const giveUp = () =>
      harness.provisioning.openManualTask({ serviceId, what: 'look', because: 'ams-1 did not answer: 503.', asOf });
    return { a, b, orderId, serviceId, leave, giveUp };
  }

  it('is asked again', async () => {
    const { a, leave, orderId } = await left();
    a.simulator.faults.clear();
    await leave();
    expect(counts(a)).toEqual([0]);
    expect(await harness.tasks(orderId)).toEqual([]);
  });

  it('is a task for staff once, and the order goes on', async () => {
    const { a, b, orderId, serviceId, leave, giveUp } = await left();
    for (let i = 0; i < 2; i += 1) await giveUp();
    expect(await harness.place({ orderId, nodeId: b.id })).toMatchObject({ hasFormerNodes: false });
    await leave();
    expect(await harness.ensure(serviceId)).toBe('ready');
    expect(counts(a, b)).toEqual([1, 1]);
    expect(await harness.tasks(orderId)).toEqual([
      { kind: 'orphaned_account', text: expect.stringMatching(/: ams-1 did not answer: 503\. Look/), done: false },
    ]);
  });

  it('is no task any more when the order comes back to it, and one again when it leaves once more', async () => {
    const { a, b, orderId, serviceId, giveUp } = await left();
    await giveUp();
    a.simulator.faults.clear();
    expect(await move(orderId, serviceId, a)).toBe('ready');
    expect(counts(a, b)).toEqual([1, 0]);
    expect((await harness.tasks(orderId)).map(({ done }) => done)).toEqual([true]);
    await harness.place({ orderId, nodeId: b.id, asOf: asOf + 1_000 });
    await giveUp();
    expect((await harness.tasks(orderId)).map(({ done }) => done)).toEqual([true, false]);
  });

  it('does not keep the others from being cleaned up', async () => {
    const { a, b, orderId, serviceId, leave } = await left();
    const c = await harness.node();
    expect(await harness.ensure(serviceId)).toBe('ready');
    await harness.place({ orderId, nodeId: c.id });
    await expect(leave()).rejects.toMatchObject({ where: { nodeId: a.id } });
    expect(counts(a, b)).toEqual([1, 0]);
  });

  it('is a task when the order is aborted meanwhile, and the account where it is now goes', async () => {
    const { a, b, orderId, serviceId } = await left();
    expect(await harness.ensure(serviceId)).toBe('ready');
    for (let i = 0; i < 2; i += 1) await harness.provisioning.deleteAccount({ serviceId, asOf });
    expect(counts(a, b)).toEqual([1, 0]);
    expect(await harness.tasks(orderId)).toMatchObject([{ kind: 'orphaned_account', done: false }]);
  });
});

it('an abort after a move cleans up both nodes', async () => {
  const [a, b] = [await harness.node(), await harness.node()];
  const { orderId, serviceId } = await harness.placed(a);
  await harness.lose(a, serviceId);
  await harness.place({ orderId, nodeId: b.id });
  await harness.lose(b, serviceId);
  await harness.provisioning.deleteAccount({ serviceId, asOf });
  expect(counts(a, b)).toEqual([0, 0]);
  expect(await harness.tasks(orderId)).toEqual([]);
});

describe('an account that is gone', () => {
  it('is not noted any more, also when the worker died between its deletion and our record', async () => {
    const node = await harness.node();
    const { serviceId } = await harness.placed(node);
    expect(await harness.ensure(serviceId)).toBe('ready');
    const { external_id: externalId, username } = await harness.service(serviceId);
    await node.panel.ensureDeleted({ externalId: externalId!, serviceId, username });
    await harness.provisioning.deleteAccount({ serviceId, asOf });
    expect(await harness.service(serviceId)).toMatchObject({ external_id: null });
  });

  it('stays noted where somebody else has its id and the panel tells nothing', async () => {
    const node = await harness.node(SILENT);
    const { orderId, serviceId } = await harness.placed(node);
    const theirs = { username: 'somebody', email: 'somebody@else.example', password: 'another', is_admin: false };
    node.simulator.accounts.create(theirs);
    await harness.db.sql(`update service set external_id = '1001', made_by_us = true where id = $1`, [serviceId]);
    for (let i = 0; i < 2; i += 1) await harness.provisioning.deleteAccount({ serviceId, asOf: asOf + i });
    expect(node.names()).toEqual(['somebody']);
    expect(await harness.service(serviceId)).toMatchObject({ external_id: '1001' });
    expect(await harness.tasks(orderId)).toMatchObject([{ kind: 'orphaned_account', done: false }]);
  });
});

describe('what staff do by hand', () => {
  it.each([
    { what: 'make', kind: 'account_to_make', says: 'goes on without an account' },
    { what: 'delete', kind: 'account_to_delete', says: 'is taken back' },
  ] as const)('is a task to $what it, with why, and one for each node that was left', async ({ what, kind, says }) => {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    await harness.place({ orderId, nodeId: b.id });
    const hand = { serviceId, what, because: 'the panel is being replaced', asOf };
    for (let i = 0; i < 2; i += 1) await harness.provisioning.openManualTask(hand);
    const { username } = await harness.service(serviceId);
    expect(await harness.tasks(orderId)).toEqual([
      { kind: 'orphaned_account', text: expect.stringContaining(a.name), done: false },
      { kind, text: expect.stringMatching(new RegExp(`${says}.*${b.name}.*being replaced.*by hand`)), done: false },
    ]);
    expect((await harness.tasks(orderId))[1]!.text).toContain(username);
  });
});
