import { describe, expect, it } from '@jest/globals';
import { asOf, counts, provisioningHarness, SILENT, type TestNode } from '#activities/testing/provisioning-harness.ts';

const harness = provisioningHarness('provisioning');

it.each([true, false])(
  'the account of a lost answer is the one account also when staff retry with another name (panel tells whose: %s)',
  async (tells) => {
    const node = await harness.node(tells ? {} : SILENT);
    const { serviceId } = await harness.placed(node);
    await harness.lose(node, serviceId);
    expect(await harness.ensure(serviceId, 'inesmoreau')).toBe('ready');
    expect(counts(node)).toEqual([1]);
    const { username, made_by_us: ours } = await harness.service(serviceId);
    expect(username).not.toBe('inesmoreau');
    expect(ours).toBe(true);
  },
);

describe('an answer that comes when the service is elsewhere', () => {
  /** The panel has made the account; what it says arrives when the test lets it. */
  async function late() {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    const made = Promise.withResolvers<void>();
    const arrive = Promise.withResolvers<void>();
    const { ensureAccount } = a.panel;
    a.panel.ensureAccount = async (request) => {
      const outcome = await ensureAccount(request);
      made.resolve();
      await arrive.promise;
      return outcome;
    };
    const answer = harness.ensure(serviceId).catch((error: Error) => error.message);
    await made.promise;
    a.panel.ensureAccount = ensureAccount;
    const comes = () => {
      arrive.resolve();
      return answer;
    };
    return { a, b, orderId, serviceId, comes };
  }

  it('changes nothing of what the service has there, and what it made goes', async () => {
    const { a, b, orderId, serviceId, comes } = await late();
    // So that the ids of the two panels differ.
    await harness.ensure((await harness.placed(b)).serviceId);
    await harness.place({ orderId, nodeId: b.id });
    expect(await harness.ensure(serviceId)).toBe('ready');
    const there = await harness.service(serviceId);
    expect(there).toMatchObject({ node_id: b.id, external_id: '1002' });
    expect(await comes()).toMatch(/answered when service S-.* was there no more/);
    expect(await harness.service(serviceId)).toEqual(there);
    expect(counts(a, b)).toEqual([0, 2]);
    expect(await harness.tasks(orderId)).toEqual([]);
  });

  it('is a task where the panel does not take it back', async () => {
    const { a, b, orderId, serviceId, comes } = await late();
    await harness.place({ orderId, nodeId: b.id });
    a.simulator.faults.plan({ kind: 'error-before', status: 503 });
    await comes();
    expect(counts(a, b)).toEqual([1, 0]);
    expect(await harness.tasks(orderId)).toMatchObject([{ kind: 'orphaned_account', done: false }]);
    expect(await harness.service(serviceId)).toMatchObject({ node_id: b.id, external_id: null });
  });

  it('leaves no account of an order that was taken back meanwhile', async () => {
    const { a, serviceId, comes } = await late();
    await harness.db.sql(`update service set status = 'canceled' where id = $1`, [serviceId]);
    expect(await comes()).toContain('taken back');
    expect(counts(a)).toEqual([0]);
    expect(await harness.service(serviceId)).toMatchObject({ external_id: null });
  });
});

describe('a panel that is asked while the service goes on', () => {
  /** The next look at the node's accounts is answered when the test lets it. */
  function slow({ panel }: TestNode) {
    const { find } = panel;
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    panel.find = async (account) => {
      panel.find = find;
      asked.resolve();
      await answer.promise;
      return find(account);
    };
    return { asked: asked.promise, answer: answer.resolve };
  }

  it('gives it no other name where it is now', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    const look = slow(a);
    const renamed = expect(harness.ensure(serviceId, 'inesmoreau')).rejects.toThrow(
      'was moved meanwhile; its name stays',
    );
    await look.asked;
    await harness.place({ orderId, nodeId: b.id });
    const before = await harness.service(serviceId);
    look.answer();
    await renamed;
    expect(await harness.service(serviceId)).toEqual(before);
    expect(counts(a, b)).toEqual([0, 0]);
  });

  it('deletes nothing on the node it has come back to', async () => {
    const [a, b] = [await harness.node(), await harness.node()];
    const { orderId, serviceId } = await harness.placed(a);
    await harness.lose(a, serviceId);
    await harness.place({ orderId, nodeId: b.id });
    const look = slow(a);
    const left = expect(harness.provisioning.cleanUpFormerNodes({ serviceId, asOf })).rejects.toThrow(
      'was moved meanwhile',
    );
    await look.asked;
    await harness.place({ orderId, nodeId: a.id });
    look.answer();
    await left;
    expect(counts(a, b)).toEqual([1, 0]);
    await harness.provisioning.cleanUpFormerNodes({ serviceId, asOf });
    expect(await harness.ensure(serviceId)).toBe('ready');
    expect(counts(a, b)).toEqual([1, 0]);
  });
});

describe('a password that a customer chose', () => {
  async function withSecret(settings = {}) {
    const node = await harness.node(settings);
    const { orderId, serviceId } = await harness.placed(node);
    expect(await harness.ensure(serviceId)).toBe('ready');
    const secrets = () =>
      harness.db.sql<{ id: string }>('select id from service_secret where service_id = $1', [serviceId]);
    const secretId = (await secrets())[0]!.id;
    const set = () => harness.provisioning.setServicePassword({ serviceId, secretId });
    return { node, orderId, serviceId, secrets, set };
  }
  const passwords = ({ simulator }: TestNode) => simulator.accounts.living().map((one) => one.passwordSha256);

  it.each([{}, SILENT])('is set on the account of his service, with %j', async (settings) => {
    const { set, secrets } = await withSecret(settings);
    expect(await set()).toEqual({ outcome: 'set' });
    expect(await secrets()).toEqual([]);
    expect(await set()).toEqual({ outcome: 'set' });
  });

  it.each([{}, SILENT])('is never set on another account, whatever id we have noted, with %j', async (settings) => {
    const { node, orderId, serviceId, set, secrets } = await withSecret(settings);
    const other = await harness.placed(node);
    expect(await harness.ensure(other.serviceId)).toBe('ready');
    await harness.db.sql('update service set external_id = null where id = $1', [other.serviceId]);
    await harness.db.sql(`update service set external_id = '1002' where id = $1`, [serviceId]);
    const before = passwords(node);
    for (let i = 0; i < 2; i += 1) await expect(set()).rejects.toMatchObject({ name: 'VendorRefused' });
    expect(passwords(node)).toEqual(before);
    expect(await secrets()).toHaveLength(1);
    expect(await harness.tasks(orderId)).toMatchObject([{ kind: 'account_not_its_own', done: false }]);
  });
});

describe('a license goes to the account it was sold for', () => {
  /** Name, address and end of the license key of each account, in the order in which they were made. */
  const handed = ({ simulator }: TestNode) =>
    simulator.accounts.everMade().map(({ username, email, license }) => ({ username, email, key: license?.key }));
  const keyOf = async (serviceId: string) => {
    const [license] = await harness.db.sql<{ id: string; key_sealed: Buffer }>(
      'select id, key_sealed from license where service_id = $1',
      [serviceId],
    );
    return harness.sealer.open(license!.key_sealed, { table: 'license', column: 'key_sealed', rowId: license!.id });
  };

  it('also when a customer has two on one panel', async () => {
    const node = await harness.node({ licenses: true });
    const first = await harness.placed(node);
    expect(await harness.ensure(first.serviceId)).toBe('ready');
    const second = await harness.placed(node, {}, first.customerId);
    expect(await harness.ensure(second.serviceId)).toBe('ready');
    expect(await harness.ensure(first.serviceId)).toBe('ready');
    const [one, other] = [await harness.service(first.serviceId), await harness.service(second.serviceId)];
    expect(handed(node)).toEqual([
      { username: one.username, email: first.email, key: await keyOf(first.serviceId) },
      { username: other.username, email: expect.stringContaining('+s'), key: await keyOf(second.serviceId) },
    ]);
  });

  it('also when somebody else on the panel has the address of the customer', async () => {
    const node = await harness.node({ licenses: true });
    const { serviceId, email } = await harness.placed(node);
    node.simulator.accounts.create({ username: 'stranger', email, password: 'initial-Passw0rd' } as never);
    expect(await harness.ensure(serviceId)).toBe('ready');
    const { username } = await harness.service(serviceId);
    expect(handed(node)).toEqual([
      { username: 'stranger', email, key: undefined },
      { username, email: expect.stringContaining('+s'), key: await keyOf(serviceId) },
    ]);
  });
});
