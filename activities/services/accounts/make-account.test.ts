import { describe, expect, it } from '@jest/globals';
import { usernameFor } from '#domain/services/username.ts';
import {
  asOf,
  CREATION,
  provisioningHarness,
  SILENT,
  type TestNode,
} from '#activities/testing/provisioning-harness.ts';

const harness = provisioningHarness('accountnames');
const ensure = (serviceId: string, username?: string) =>
  harness.provisioning.ensureAccount({ serviceId, username, asOf });
const remove = (serviceId: string) => harness.provisioning.deleteAccount({ serviceId, asOf });
const lose = ({ simulator }: TestNode) => simulator.faults.plan({ kind: 'lost-answer', ...CREATION, times: 1 });

describe.each([
  { panel: 'tells for which service', settings: {} },
  { panel: 'tells for which customer', settings: { returnsMetadata: false } },
  { panel: 'tells nothing', settings: SILENT },
])('a customer’s second account, on a panel that $panel an account was made', ({ settings }) => {
  /** The address is the first's, so the second is made with a sub-address; the worker dies before it notes the answer. */
  async function second() {
    const node = await harness.node(settings);
    const first = await harness.placed(node);
    expect(await ensure(first.serviceId)).toBe('ready');
    const { serviceId } = await harness.placed(node, {}, first.customerId);
    expect(await ensure(serviceId)).toBe('ready');
    await harness.db.sql('update service set external_id = null, made_by_us = false where id = $1', [serviceId]);
    expect(node.names()).toEqual([usernameFor(first.serviceId), usernameFor(serviceId)]);
    return { node, first, serviceId };
  }

  it('is found again by either address', async () => {
    const { node, first, serviceId } = await second();
    expect(await ensure(serviceId)).toBe('ready');
    expect(node.names()).toEqual([usernameFor(first.serviceId), usernameFor(serviceId)]);
    expect(await harness.service(serviceId)).toMatchObject({ username: usernameFor(serviceId), made_by_us: true });
  });

  it('is deleted by an abort before its answer was known, and the first stays', async () => {
    const { node, first, serviceId } = await second();
    await remove(serviceId);
    expect(node.names()).toEqual([usernameFor(first.serviceId)]);
  });
});

describe('on a panel that tells nothing', () => {
  /** The panel was slow: it makes the account of the first try after we have given up and looked. */
  const finishLate = async ({ simulator }: TestNode, customerId: string, username: string) => {
    const [customer] = await harness.db.sql<{ email: string }>('select email from customer where id = $1', [
      customerId,
    ]);
    simulator.accounts.create({ username, email: customer!.email, password: 'another', is_admin: false });
  };

  it('an account that came late under a name since given up is the one account', async () => {
    const node = await harness.node(SILENT);
    const { serviceId, customerId } = await harness.placed(node);
    for (const name of ['harborbakery', 'inesmoreau']) {
      node.simulator.faults.plan({ kind: 'error-before', ...CREATION, times: 1 });
      await expect(ensure(serviceId, name)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    }
    await finishLate(node, customerId, 'harborbakery');
    expect(await ensure(serviceId, 'inesmoreau')).toBe('ready');
    expect(node.names()).toEqual(['harborbakery']);
    expect(await harness.service(serviceId)).toMatchObject({ username: 'harborbakery' });
  });

  it('an abort looks for every name the service could have, not for its last alone', async () => {
    const node = await harness.node(SILENT);
    const { serviceId, customerId } = await harness.placed(node);
    node.simulator.faults.plan({ kind: 'error-before', ...CREATION, times: 1 });
    await expect(ensure(serviceId, 'inesmoreau')).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    await finishLate(node, customerId, usernameFor(serviceId, 1));
    await remove(serviceId);
    expect(node.names()).toEqual([]);
  });

  it('somebody else’s account under our last name stays when the order is aborted', async () => {
    const node = await harness.node(SILENT);
    const { serviceId } = await harness.placed(node);
    const theirs = { username: usernameFor(serviceId), email: 'somebody@else.example', password: 'another' };
    node.simulator.accounts.create({ ...theirs, is_admin: false });
    await remove(serviceId);
    expect(node.names()).toEqual([usernameFor(serviceId)]);
  });
});

it('an account of ours is renamed by nobody: after a lost answer another name finds the first', async () => {
  const node = await harness.node();
  const { serviceId } = await harness.placed(node);
  lose(node);
  await expect(ensure(serviceId, 'harborbakery')).rejects.toMatchObject({ name: 'OutcomeUnknown' });
  expect(await ensure(serviceId, 'inesmoreau')).toBe('ready');
  expect(node.names()).toEqual(['harborbakery']);
});

describe('a name that another of our services has on that node', () => {
  it('is NameTaken at once, and the service keeps its own', async () => {
    const node = await harness.node();
    await harness.placed(node, { username: 'harborbakery' });
    const { serviceId } = await harness.placed(node);
    expect(await ensure(serviceId, 'harborbakery')).toEqual({
      stop: 'NameTaken',
      message: `${node.name}: harborbakery is the name of another service there. Retry with another \`username\`, or with \`nodeId\` on another node.`,
      nodeId: node.id,
      adapter: 'nextpanel',
    });
    expect(node.names()).toEqual([]);
    expect(await ensure(serviceId)).toBe('ready');
    expect(node.names()).toEqual([usernameFor(serviceId)]);
  });

  it('is NameTaken also where it is the account, which an ended order left behind', async () => {
    const node = await harness.node(SILENT);
    const before = await harness.placed(node, { username: 'harborbakery' });
    expect(await ensure(before.serviceId)).toBe('ready');
    await harness.db.sql(`update service set status = 'canceled' where id = $1`, [before.serviceId]);
    const { serviceId } = await harness.placed(node, { username: 'harborbakery' }, before.customerId);
    expect(await ensure(serviceId)).toMatchObject({
      stop: 'NameTaken',
      message: expect.stringContaining('the account harborbakery there is that of another service'),
    });
    expect(await ensure(serviceId, 'inesmoreau')).toBe('ready');
    expect(node.names()).toEqual(['harborbakery', 'inesmoreau']);
  });

  it('leads to another name, and never to the account of the same customer’s other service', async () => {
    const node = await harness.node(SILENT);
    const first = await harness.placed(node, { username: 'harborbakery' });
    expect(await ensure(first.serviceId)).toBe('ready');
    const { serviceId } = await harness.placed(node, { username: 'harborbakery' }, first.customerId);
    expect(await ensure(serviceId)).toMatchObject({ stop: 'NameTaken' });
    expect(await ensure(serviceId, 'inesmoreau')).toBe('ready');
    expect(node.names()).toEqual(['harborbakery', 'inesmoreau']);
    await remove(serviceId);
    expect(node.names()).toContain('harborbakery');
  });
});
