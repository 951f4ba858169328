import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { placeOrder } from '#api/orders/place.ts';
import { licensePepper } from '#db/license-keys.ts';
import { inTransaction, openOrm, type Orm } from '#db/orm.ts';
import { createSealer } from '#db/seal.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing.ts';
import { addCustomer, addNode } from '#e2e/stage/seed.ts';
import { createNextPanel } from './panels/nextpanel/adapter.ts';
import { createNextPanelSimulator } from './panels/nextpanel/simulator.ts';
import { createPlacementActivities } from './placement.ts';
import { createProvisioningActivities } from './provisioning.ts';
import { listen } from './simulation/simulator.ts';

/** Tries whose answer was lost, and staff who then go another way: there must never be a second account. */
const KEY = { key_id: 'npk_provisioning', key_secret: 'nps_provisioning' };
const at = Date.parse('2026-11-21T10:00:00Z');
const asOf = at;
const sealer = createSealer([{ id: 'test', key: Buffer.alloc(32, 1) }]);
const CREATION = { method: 'POST', path: '^/api/v1/billing/accounts$' };

let db: TestDatabase;
let owner: Orm;
let orm: Orm;
beforeAll(async () => {
  db = await createTestDatabase('provisioning');
  owner = await openOrm(db.ownerUrl, 4);
  orm = await db.orm('worker');
  await seedCatalog(owner, new Date(at));
}, 60_000);
afterAll(async () => {
  await owner?.close(true);
  await db?.drop();
});

/** A panel of its own, and the node that stands for it. */
async function openNode(name: string, returnsMetadata: boolean) {
  const simulator = createNextPanelSimulator({ keys: [KEY], returnsMetadata, returnsBillingId: returnsMetadata });
  const server = await listen(simulator.app);
  const nodeId = await inTransaction(owner, (em) =>
    addNode(em, sealer, { name, baseUrl: server.url, at: new Date(at) }),
  );
  const panel = createNextPanel({
    node: name,
    baseURL: server.url,
    apiKey: KEY.key_id,
    apiSecret: KEY.key_secret,
    timeoutMs: 5_000,
  });
  return { simulator, server, nodeId, panel };
}

/** A paid order, placed on the first of two nodes. */
async function placed({ returnsMetadata = true } = {}) {
  await db.sql('update node set draining = true');
  const [first, second] = [
    await openNode(`a-${Date.now()}`, returnsMetadata),
    await openNode(`b-${Date.now()}`, returnsMetadata),
  ];
  const shop = { seller: { name: 'H', email: 'billing@hostwright.example', country: 'DE' }, billingZone: 'UTC' };
  const orderId = await inTransaction(owner, async (em) => {
    const { id: customerId } = addCustomer(em, new Date(at));
    await em.flush();
    const wish = { customerId, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' } as const;
    const order = await placeOrder(em, wish, { actor: { type: 'system' } }, shop, new Date(at));
    if (order.outcome !== 'placed') throw new Error(order.outcome);
    return order.order.id;
  });
  const panels = { of: ({ id }: { id: string }) => (id === first.nodeId ? first : second).panel };
  const settings = {
    billingZone: 'UTC',
    licensePepper: licensePepper(Buffer.alloc(32, 2).toString('base64')),
    licenseKeyForm: 'extended',
  } as never;
  const placement = createPlacementActivities({ orm, sealer, settings });
  const provisioning = createProvisioningActivities({ orm, sealer, panels });
  const on = await placement.placeService({ orderId, nodeId: first.nodeId, asOf });
  if ('stop' in on) throw new Error(on.message);
  const { serviceId } = on;
  const alive = ({ simulator }: typeof first) => simulator.accounts.byService()[serviceId]?.alive ?? 0;
  return {
    first,
    second,
    provisioning,
    serviceId,
    alive: () => [alive(first), alive(second)],
    /** What the workflow does when staff retry with another node. */
    async move() {
      await provisioning.leaveNode({ serviceId, nodeId: second.nodeId, asOf });
      await placement.placeService({ orderId, nodeId: second.nodeId, asOf });
      return provisioning.ensureAccount({ serviceId, asOf });
    },
    tasks: () =>
      db.sql<{ kind: string; text: string }>('select kind, text from staff_task where order_id = $1', [orderId]),
    slots: async () =>
      (
        await db.sql<{ id: string; slots_taken: number }>('select id, slots_taken from node where id = any($1)', [
          [first.nodeId, second.nodeId],
        ])
      )
        .toSorted((a) => (a.id === first.nodeId ? -1 : 1))
        .map(({ slots_taken: taken }) => taken),
    close: () => Promise.all([first.server.close(), second.server.close()]),
  };
}

describe('an account whose making was never answered', () => {
  it('is deleted before the order goes on to another node', async () => {
    const { first, provisioning, serviceId, alive, move, tasks, slots, close } = await placed();
    first.simulator.faults.plan({ kind: 'lost-answer', ...CREATION, times: 1 });
    await expect(provisioning.ensureAccount({ serviceId, asOf })).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    expect(alive()).toEqual([1, 0]);
    expect(await move()).toBe('ready');
    expect(alive()).toEqual([0, 1]);
    expect(await slots()).toEqual([0, 1]);
    expect(await tasks()).toEqual([]);
    await close();
  });

  it('is a task for staff when its panel cannot be asked, and the order goes on all the same', async () => {
    const { first, provisioning, serviceId, alive, move, tasks, close } = await placed();
    first.simulator.faults.plan({ kind: 'lost-answer', ...CREATION, times: 1 });
    await expect(provisioning.ensureAccount({ serviceId, asOf })).rejects.toThrow();
    first.simulator.faults.plan({ kind: 'error-before', status: 503 });
    expect(await move()).toBe('ready');
    expect(alive()).toEqual([1, 1]);
    expect(await tasks()).toEqual([
      { kind: 'account_left_behind', text: expect.stringMatching(/did not answer: .*503.*delete it/s) },
    ]);
    await close();
  });

  it.each([true, false])(
    'is the one account also when staff retry with another name (panel tells whose: %s)',
    async (tells) => {
      const { first, provisioning, serviceId, alive, close } = await placed({ returnsMetadata: tells });
      first.simulator.faults.plan({ kind: 'lost-answer', ...CREATION, times: 1 });
      await expect(provisioning.ensureAccount({ serviceId, asOf })).rejects.toThrow();
      expect(await provisioning.ensureAccount({ serviceId, username: 'inesmoreau', asOf })).toBe('ready');
      expect(alive()).toEqual([1, 0]);
      const [service] = await db.sql<{ username: string; made_by_us: boolean }>(
        'select username, made_by_us from service where id = $1',
        [serviceId],
      );
      expect(service!.username).not.toBe('inesmoreau');
      expect(service!.made_by_us).toBe(true);
      await close();
    },
  );
});

it('staying on the same node deletes nothing', async () => {
  const { first, provisioning, serviceId, alive, close } = await placed();
  expect(await provisioning.ensureAccount({ serviceId, asOf })).toBe('ready');
  await provisioning.leaveNode({ serviceId, nodeId: first.nodeId, asOf });
  expect(alive()).toEqual([1, 0]);
  await close();
});
