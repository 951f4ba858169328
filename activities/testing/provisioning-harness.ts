import { afterAll, beforeAll, expect } from '@jest/globals';
import type { OrderWishes } from '#db/entities/index.ts';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { inTransaction, openOrm, type Orm } from '#db/orm.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { addNode, addOrder } from '#db/testing/seed.ts';
import { createNextPanel } from '../panels/nextpanel/adapter.ts';
import {
  createNextPanelSimulator,
  type NextPanelSimulator,
  type NextPanelSimulatorConfig,
} from '../panels/nextpanel/simulator/simulator.ts';
import type { Panel } from '../panels/panel.ts';
import { createPlacementActivities, type ServiceToPlace } from '../services/placement/place-service.ts';
import { createAccountActivities } from '../services/accounts/ensure-account.ts';
import { createManualTaskActivities } from '../services/accounts/manual-tasks.ts';
import { createPasswordActivities } from '../services/accounts/set-password.ts';
import { createCleanUpActivities } from '../services/former-nodes/clean-up.ts';
import { listen } from '../simulation/simulator.ts';

export const asOf = Date.parse('2026-11-21T10:00:00Z');
export const CREATION = { method: 'POST', path: '^/api/v1/billing/accounts$' };
/** A panel that tells nobody for which service an account was made, nor for which customer. */
export const SILENT = { returnsMetadata: false, returnsBillingId: false };

const KEY = { key_id: 'npk_provisioning', key_secret: 'nps_provisioning' };
const sealer = createSealer([{ id: 'test', key: Buffer.alloc(32, 1) }]);

/** A node, and the simulated panel behind it. */
export type TestNode = Awaited<ReturnType<ReturnType<typeof provisioningHarness>['node']>>;

/** Orders, nodes with a panel each, and the activities that bring them together; for one test file. */
export function provisioningHarness(label: string) {
  let db: TestDatabase;
  let owner: Orm;
  let orm: Orm;
  const panels = new Map<string, Panel>();
  const servers: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    db = await createTestDatabase(label);
    owner = await openOrm(db.ownerUrl, 4);
    orm = await db.orm('worker');
    await seedCatalog(owner, new Date(asOf));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await owner?.close(true);
    await db?.drop();
  });

  const placement = () =>
    createPlacementActivities({
      orm,
      sealer,
      settings: {
        billingZone: 'UTC',
        licensePepper: licensePepper(Buffer.alloc(32, 2).toString('base64')),
        licenseKeyForm: 'extended',
      } as never,
    });
  let serial = 0;

  return {
    sealer,
    get db() {
      return db;
    },
    get orm() {
      return orm;
    },
    get provisioning() {
      const parts = { orm, sealer, panels: { of: ({ id }: { id: string }) => panels.get(id)! } };
      return {
        ...createAccountActivities(parts),
        ...createCleanUpActivities(parts),
        ...createManualTaskActivities(parts),
        ...createPasswordActivities(parts),
      };
    },
    place: (wish: Omit<ServiceToPlace, 'asOf'> & { asOf?: number }) => placement().placeService({ asOf, ...wish }),

    /** A panel of its own, and the node that stands for it. */
    async node(settings: NextPanelSimulatorConfig & { capacity?: number } = {}) {
      const simulator = createNextPanelSimulator({ keys: [KEY], patch: true, ...settings });
      const server = await listen(simulator.app);
      servers.push(server);
      const name = `node-${(serial += 1)}`;
      const node = { name, baseUrl: server.url, capacity: settings.capacity ?? 100, at: new Date(asOf) };
      const id = await inTransaction(owner, (em) => addNode(em, sealer, node));
      const panel = createNextPanel({
        node: name,
        baseURL: server.url,
        apiKey: KEY.key_id,
        apiSecret: KEY.key_secret,
        capabilities: { passwords: true, licenses: settings.licenses ?? false },
        timeoutMs: 5_000,
      });
      panels.set(id, panel);
      return {
        id,
        name,
        panel,
        simulator,
        /** Accounts that are there, by name. */
        names: () => simulator.accounts.living().map(({ username }) => username),
        slots: async () =>
          (await db.sql<{ taken: number }>('select slots_taken as taken from node where id = $1', [id]))[0]!.taken,
      };
    },

    /** So that what is placed without a node's name goes to those that come. */
    closeNodes: () => db.sql('update node set draining = true'),

    /** A paid order of a new customer, or of one who is there. */
    order: (wishes: OrderWishes = {}, customerId?: string) =>
      addOrder(owner, { at: new Date(asOf), wishes, customerId }),

    /** An order, and its service on a node. */
    async placed(node: { id: string }, wishes: OrderWishes = {}, customerId?: string) {
      const order = await this.order(wishes, customerId);
      const on = await this.place({ orderId: order.orderId, nodeId: node.id });
      if ('stop' in on) throw new Error(on.message);
      return { ...order, serviceId: on.serviceId };
    },

    ensure(serviceId: string, username?: string) {
      return this.provisioning.ensureAccount({ serviceId, username, asOf });
    },

    /** The panel makes the account, and its answer does not come. */
    async lose({ simulator }: { simulator: NextPanelSimulator }, serviceId: string, username?: string) {
      simulator.faults.plan({ kind: 'lost-answer', ...CREATION, times: 1 });
      await expect(this.ensure(serviceId, username)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    },

    tasks: (orderId: string) =>
      db.sql<{ kind: string; text: string; done: boolean }>(
        'select kind, text, done_at is not null as done from staff_task where order_id = $1 order by id',
        [orderId],
      ),
    service: async (serviceId: string) =>
      (
        await db.sql<{ node_id: string; username: string; external_id: string | null; made_by_us: boolean }>(
          'select node_id, username, external_id, made_by_us from service where id = $1',
          [serviceId],
        )
      )[0]!,
  };
}

/** How many accounts each of the panels has. */
export const counts = (...nodes: TestNode[]) => nodes.map((node) => node.names().length);
