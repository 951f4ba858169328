import type { Stop } from '#domain/workflows/stop.ts';
import { audit } from '#db/audit/entry.ts';
import { Node, Order, Service, ServiceSecret } from '#db/entities/index.ts';
import { licenseKeyPlace } from '#db/licenses/license-keys.ts';
import { inTransaction } from '#db/orm.ts';
import { violates } from '#db/violations.ts';
import { createAccountMaker, isOurs, mayBeOf, type Wanted } from './account-names.ts';
import { noteLeft } from '../former-nodes/orphaned-accounts.ts';
import { createLeavingActivities } from '../former-nodes/clean-up.ts';
import { createOnNode } from './service-on-node.ts';
import type { AccountOutcome, Panel } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { ended } from '../placement/place-service.ts';
import { openSecret } from './service-secrets.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { openTask } from '#activities/desk/tasks.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import { at } from '#activities/where.ts';

export interface AccountToEnsure {
  serviceId: string;
  /** Staff named them. */
  username?: string | undefined;
  packageId?: string | undefined;
  asOf: number;
}

export const createProvisioningActivities = ({
  orm,
  sealer,
  panels,
}: Pick<ActivityParts, 'orm' | 'sealer' | 'panels'>) => {
  const makeAccount = createAccountMaker({ orm, sealer });
  const onNode = createOnNode({ orm, panels });
  const leaving = createLeavingActivities({ orm, panels });
  return {
    ...leaving,

    /**
     * Makes the account on the service's node, or finds the one an earlier try made: its name was written before the
     * panel was called. The license is handed over where the panel takes it.
     */
    async ensureAccount(wish: AccountToEnsure): Promise<'ready' | Stop> {
      const { service, node, panel, wanted } = await onNode(wish.serviceId);
      const where = { nodeId: node.id, adapter: node.panel };
      if (wanted.endedAt) return ended(wanted);
      const packageId = wish.packageId ?? wanted.packageId;
      if (!packageId) {
        const message = `${node.name} has no package for the plan ${wanted.plan}. Name it, or retry with \`packageId\`.`;
        return { stop: 'PackageMissing', message, ...where };
      }
      try {
        const outcome = await at(where, () =>
          makeAccount(panel, service, wanted, {
            username: wish.username ?? wanted.wishes.username,
            packageId,
            now: new Date(wish.asOf),
          }),
        );
        const taken = (detail: string): Stop => {
          const message = `${node.name}: ${detail}. Retry with another \`username\`, or with \`nodeId\` on another node.`;
          return { stop: 'NameTaken', message, ...where };
        };
        if (outcome.outcome === 'taken') return taken(outcome.detail);
        const recorded = await recordAccount(service, node, wanted, outcome, new Date(wish.asOf));
        if (recorded === 'taken') {
          return taken(`the account ${outcome.account.username} there is that of another service`);
        }
        if (recorded === 'late') return await takeBack(service, node, wish);
        if (panel.handOverLicense) await at(where, () => handOver(panel, service, wanted));
        return 'ready';
      } catch (error) {
        if (error instanceof Error && error.name === 'VendorUnauthorized') await leaveRotation(node);
        throw error;
      }
    },

    /** The panel call has not succeeded for an hour: staff hear of it while it is still being tried. */
    alertStaff: ({ orderId, serviceId, asOf }: { orderId: string; serviceId: string; asOf: number }): Promise<void> =>
      inTransaction(orm, async (em) => {
        const order = await em.findOneOrFail(Order, orderId);
        const service = await em.findOneOrFail(Service, serviceId);
        const node = await em.findOneOrFail(Node, service.nodeId!);
        const text = `The account of order ${order.reference} has not been made on ${node.name} for an hour. It is tried again for a day, then it parks.`;
        const key = `slow-account/${serviceId}/${node.id}`;
        openTask(em, { key, kind: 'slow_account', text, customerId: order.customerId, orderId }, new Date(asOf));
      }),

    /** Sets the password a customer chose; it lies sealed in its row until the panel has it. */
    async setServicePassword({
      serviceId,
      secretId,
    }: {
      serviceId: string;
      secretId: string;
    }): Promise<{ outcome: 'set' | 'not_possible' }> {
      const { node, panel, service, wanted } = await onNode(serviceId);
      const secret = await orm.em.fork().findOne(ServiceSecret, secretId);
      // Set by an earlier run whose answer was lost.
      if (!secret) return { outcome: 'set' };
      const { externalId } = service;
      if (!panel.setPassword || !externalId) return { outcome: 'not_possible' };
      const password = openSecret(sealer, secret);
      await at({ nodeId: node.id, adapter: node.panel }, async () => {
        const account = await panel.find({ externalId });
        if (!account || !mayBeOf(service, wanted, account))
          throw await notItsOwn(service, node, wanted, secret.createdAt);
        await panel.setPassword!({ externalId }, password);
      });
      await inTransaction(orm, async (em) => void (await em.nativeDelete(ServiceSecret, { serviceId })));
      return { outcome: 'set' };
    },
  };

  /**
   * @returns `taken` when another service of ours has that account, or its name, on the node; `late` when the service
   * has gone on to another node meanwhile, or ended: then what the panel made is noted as left there
   */
  async function recordAccount(
    service: Service,
    node: Node,
    { orderId }: Wanted,
    { account, made }: Extract<AccountOutcome, { outcome: 'ready' }>,
    now: Date,
  ): Promise<'recorded' | 'taken' | 'late'> {
    if (service.externalId === account.externalId) return 'recorded';
    const { externalId, username } = account;
    const ours = made || isOurs(service, account);
    const still = { id: service.id, nodeId: node.id, status: { $nin: ['canceled', 'terminated'] as const } };
    try {
      return await inTransaction(orm, async (em) => {
        if ((await em.nativeUpdate(Service, still, { externalId, username, madeByUs: ours })) === 0) {
          await noteLeft(em, { id: service.id, nodeId: node.id, username, externalId, madeByUs: ours }, now);
          return 'late';
        }
        const text = `Account ${username} made on ${node.name}`;
        const order = { id: orderId, customerId: service.customerId };
        addOrderEvent(em, order, { key: `account/${node.id}`, kind: 'account', text }, now);
        audit(em, {
          at: now,
          actor: { type: 'workflow', id: `order/${orderId}` },
          action: ours ? 'service.account_made' : 'service.account_adopted',
          object: { type: 'service', id: service.id },
          customerId: service.customerId,
          after: { node: node.name, username, externalId },
        });
        return 'recorded';
      });
    } catch (error) {
      if (violates(error, 'service_username', 'service_node_id_external_id_key')) return 'taken';
      throw error;
    }
  }

  /** Staff are told of an account that we have noted and that is another's, or gone. @returns what stops the step */
  async function notItsOwn(service: Service, node: Node, { orderId }: Wanted, now: Date): Promise<VendorRefused> {
    const { id, customerId, externalId, reference } = service;
    const text = `${node.name} has no account ${externalId} that is service ${reference}'s. Look at both there; no password was set.`;
    const task = { key: `not-its-own/${id}/${node.id}/${externalId}`, kind: 'account_not_its_own', text };
    await inTransaction(orm, async (em) => openTask(em, { ...task, customerId, orderId }, now));
    return new VendorRefused(text);
  }

  /**
   * The panel's answer came late: what it made there is deleted, or staff are told.
   * @throws Error always, so that a try that somebody still waits for begins anew
   */
  async function takeBack(
    { id: serviceId, reference }: Service,
    node: Node,
    { asOf }: AccountToEnsure,
  ): Promise<never> {
    const because = `${node.name} answered when service ${reference} was there no more`;
    await leaving
      .leaveNodes({ serviceId, asOf })
      .catch(() => leaving.handToStaff({ serviceId, what: 'look', because, asOf }));
    throw new Error(`${because}; what it made there was taken back.`);
  }

  async function handOver(panel: Panel, service: Service, wanted: Wanted): Promise<void> {
    const em = orm.em.fork();
    const [license] = await em.execute<{ id: string; sealed: Buffer; quotas: Record<string, number> }[]>(
      `select l.id, l.key_sealed as sealed, (select json_object_agg(replace(feature, 'create_', '') || 's', quota) from license_quota where license_id = l.id) as quotas
       from license l where l.service_id = ?`,
      [service.id],
    );
    const licenseKey = sealer.open(license!.sealed, licenseKeyPlace(license!.id));
    await panel.handOverLicense!({ licenseKey, email: wanted.email, plan: wanted.plan, quotas: license!.quotas });
  }

  /** Refused credentials stop the whole node, not this order: nothing new is placed there until a check passes. */
  async function leaveRotation(node: Node): Promise<void> {
    await inTransaction(orm, (em) => em.nativeUpdate(Node, node.id, { health: 'failing', goodChecks: 0 }));
  }
};
export type ProvisioningActivities = ReturnType<typeof createProvisioningActivities>;
