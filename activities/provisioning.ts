import { randomBytes } from 'node:crypto';
import { newId } from '#domain/ids.ts';
import type { Stop } from '#domain/stop.ts';
import { usernameFor } from '#domain/username.ts';
import { audit } from '#db/audit.ts';
import {
  Customer,
  License,
  Node,
  Order,
  Plan,
  PlanPackage,
  PlanQuota,
  Service,
  ServiceSecret,
  Subscription,
} from '#db/entities/index.ts';
import { licenseKeyPlace } from '#db/license-keys.ts';
import { inTransaction } from '#db/orm.ts';
import type { AccountOutcome, Panel } from './panels/panel.ts';
import type { ActivityParts } from './parts.ts';
import { openTask, tell } from './story.ts';
import { at } from './where.ts';

export interface AccountToEnsure {
  serviceId: string;
  /** Staff named them. */
  username?: string | undefined;
  packageId?: string | undefined;
  asOf: number;
}

const NAMES_TRIED = 5;

export const createProvisioningActivities = ({
  orm,
  sealer,
  panels,
}: Pick<ActivityParts, 'orm' | 'sealer' | 'panels'>) => {
  const activities = {
    /**
     * Makes the account on the service's node, or finds the one an earlier try made. The name is written before the
     * panel is called; the license is handed over where the panel takes it.
     */
    async ensureAccount(wish: AccountToEnsure): Promise<'ready' | Stop> {
      const { service, node, panel, ...of } = await load(wish.serviceId);
      const where = { nodeId: node.id, adapter: node.panel };
      const packageId = wish.packageId ?? of.packageId;
      if (!packageId) {
        return {
          stop: 'PackageMissing',
          message: `${node.name} has no package for the plan ${of.plan.code}. Name it, or retry with \`packageId\`.`,
          ...where,
        };
      }
      try {
        const triedBefore = (await orm.em.fork().count(ServiceSecret, { serviceId: service.id })) > 0;
        const outcome = await at(where, () => tryNames(panel, service, of.customer, packageId, wish));
        if (outcome.outcome === 'taken') {
          return {
            stop: 'NameTaken',
            message: `${node.name}: ${outcome.detail}. Retry with another \`username\`, or with \`nodeId\` on another node.`,
            ...where,
          };
        }
        await recordAccount(service, node, outcome, triedBefore, new Date(wish.asOf));
        if (panel.handOverLicense) await at(where, () => handOver(panel, service, of.customer, of.plan));
        return 'ready';
      } catch (error) {
        if (error instanceof Error && error.name === 'VendorUnauthorized') await leaveRotation(node);
        throw error;
      }
    },

    /** Deletes the account if we made it; an adopted one, and one that was never made, stay as they are. */
    async deleteAccount({ serviceId, asOf }: { serviceId: string; asOf: number }): Promise<void> {
      const { service, node, panel } = await load(serviceId);
      const where = { nodeId: node.id, adapter: node.panel };
      const username = service.username;
      if (!username) return;
      const found = await at(where, () => panel.find({ serviceId, username }));
      if (found && (service.madeByUs || service.externalId === null)) {
        await at(where, () => panel.ensureDeleted({ externalId: found.externalId, serviceId, username }));
      }
      await inTransaction(orm, async (em) => {
        await em.nativeUpdate(Service, serviceId, { externalId: null });
        audit(em, {
          at: new Date(asOf),
          actor: { type: 'workflow' },
          action: 'service.account_deleted',
          object: { type: 'service', id: serviceId },
          customerId: service.customerId,
          after: { node: node.name, username },
        });
      });
    },

    /** The panel call has not succeeded for an hour: staff hear of it while it is still being tried. */
    alertStaff: ({ orderId, serviceId, asOf }: { orderId: string; serviceId: string; asOf: number }): Promise<void> =>
      inTransaction(orm, async (em) => {
        const order = await em.findOneOrFail(Order, orderId);
        const service = await em.findOneOrFail(Service, serviceId);
        const node = await em.findOneOrFail(Node, service.nodeId!);
        await openTask(
          em,
          {
            key: `slow-account/${serviceId}/${node.id}`,
            kind: 'slow_account',
            text: `The account of order ${order.reference} has not been made on ${node.name} for an hour. It is tried again for a day, then it parks.`,
            customerId: order.customerId,
            orderId,
          },
          new Date(asOf),
        );
      }),

    /** Sets the password a customer chose; it lies sealed in its row until the panel has it. */
    async setServicePassword({
      serviceId,
      secretId,
    }: {
      serviceId: string;
      secretId: string;
    }): Promise<{ outcome: 'set' | 'not_possible' }> {
      const { node, panel, service } = await load(serviceId);
      const secret = await orm.em.fork().findOne(ServiceSecret, secretId);
      // Set by an earlier run whose answer was lost.
      if (!secret) return { outcome: 'set' };
      if (!panel.setPassword || !service.externalId) return { outcome: 'not_possible' };
      const password = sealer.open(secret.sealed, { table: 'service_secret', column: 'sealed', rowId: secretId });
      await at({ nodeId: node.id, adapter: node.panel }, () =>
        panel.setPassword!({ externalId: service.externalId! }, password),
      );
      await inTransaction(orm, async (em) => void (await em.nativeDelete(ServiceSecret, { serviceId })));
      return { outcome: 'set' };
    },
  };
  return activities;

  async function load(serviceId: string) {
    const em = orm.em.fork();
    const service = await em.findOneOrFail(Service, serviceId);
    const subscription = await em.findOneOrFail(Subscription, service.subscriptionId);
    const [node, plan, customer, mapped] = [
      await em.findOneOrFail(Node, service.nodeId!),
      await em.findOneOrFail(Plan, subscription.planId),
      await em.findOneOrFail(Customer, service.customerId),
      await em.findOne(PlanPackage, { planId: subscription.planId, nodeId: service.nodeId! }),
    ];
    return { service, node, plan, customer, packageId: mapped?.packageId, panel: panels.of(node) };
  }

  async function tryNames(
    panel: Panel,
    service: Service,
    customer: Customer,
    packageId: string,
    wish: AccountToEnsure,
  ): Promise<AccountOutcome> {
    const order = await orm.em.fork().findOneOrFail(Order, { id: (await subscriptionOf(service)).orderId });
    const asked = wish.username ?? order.wishes.username;
    // An earlier run may have had to go on to another name: the one that was sent last is looked for first.
    const names = asked
      ? [asked]
      : [...new Set([service.username, ...Array.from({ length: NAMES_TRIED }, (_, i) => usernameFor(service.id, i))])];
    let outcome: AccountOutcome | undefined;
    let email = customer.email;
    for (const username of names) {
      if (!username) continue;
      await rename(service, username);
      outcome = await ensure(panel, service, customer, { username, email, packageId });
      if (outcome.outcome === 'taken' && outcome.field === 'email' && email === customer.email) {
        // Panels want an address once; a customer's second account gets a sub-address of the same mailbox.
        email = subAddress(customer.email, service.reference);
        outcome = await ensure(panel, service, customer, { username, email, packageId });
      }
      if (outcome.outcome === 'ready' || outcome.field === 'email') return outcome;
    }
    return outcome!;
  }

  function ensure(
    panel: Panel,
    service: Service,
    customer: Customer,
    account: { username: string; email: string; packageId: string },
  ): Promise<AccountOutcome> {
    return panel.ensureAccount({
      serviceId: service.id,
      customerId: customer.id,
      ...account,
      fullName: customer.name,
      company: customer.company ?? undefined,
      initialPassword: () => initialPassword(service),
    });
  }

  async function subscriptionOf(service: Service): Promise<Subscription> {
    return orm.em.fork().findOneOrFail(Subscription, service.subscriptionId);
  }

  /** Written before the panel is called, so that a lost answer is looked for under the right name. */
  async function rename(service: Service, username: string): Promise<void> {
    if (service.username === username) return;
    await inTransaction(orm, (em) => em.nativeUpdate(Service, service.id, { username }));
    service.username = username;
  }

  /** At least 20 symbols; sealed before the panel hears it, and the same for every repeat. */
  async function initialPassword(service: Service): Promise<string> {
    return await inTransaction(orm, async (em) => {
      const there = await em.findOne(ServiceSecret, { serviceId: service.id, purpose: 'initial_password' });
      if (there) return sealer.open(there.sealed, { table: 'service_secret', column: 'sealed', rowId: there.id });
      const id = newId();
      const password = `${randomBytes(18).toString('base64url')}aA1!`;
      em.create(ServiceSecret, {
        id,
        serviceId: service.id,
        customerId: service.customerId,
        purpose: 'initial_password',
        sealed: sealer.seal(password, { table: 'service_secret', column: 'sealed', rowId: id }),
        createdAt: new Date(),
      });
      return password;
    });
  }

  async function recordAccount(
    service: Service,
    node: Node,
    outcome: Extract<AccountOutcome, { outcome: 'ready' }>,
    triedBefore: boolean,
    now: Date,
  ): Promise<void> {
    if (service.externalId === outcome.account.externalId) return;
    const subscription = await subscriptionOf(service);
    await inTransaction(orm, async (em) => {
      // One that was there already is ours only if a try of ours may have made it and its answer was lost.
      const ours = outcome.made || (triedBefore && (outcome.account.serviceId ?? service.id) === service.id);
      await em.nativeUpdate(Service, service.id, {
        externalId: outcome.account.externalId,
        username: outcome.account.username,
        madeByUs: ours,
      });
      await tell(
        em,
        { id: subscription.orderId, customerId: service.customerId },
        {
          key: `account/${node.id}`,
          kind: 'account',
          text: `Account ${outcome.account.username} made on ${node.name}`,
        },
        now,
      );
      audit(em, {
        at: now,
        actor: { type: 'workflow', id: `order/${subscription.orderId}` },
        action: ours ? 'service.account_made' : 'service.account_adopted',
        object: { type: 'service', id: service.id },
        customerId: service.customerId,
        after: { node: node.name, username: outcome.account.username, externalId: outcome.account.externalId },
      });
    });
  }

  async function handOver(panel: Panel, service: Service, customer: Customer, plan: Plan): Promise<void> {
    const em = orm.em.fork();
    const license = await em.findOneOrFail(License, { serviceId: service.id });
    const quotas = await em.find(PlanQuota, { planId: plan.id });
    await panel.handOverLicense!({
      licenseKey: sealer.open(license.keySealed, licenseKeyPlace(license.id)),
      email: customer.email,
      plan: plan.code,
      quotas: Object.fromEntries(quotas.map(({ feature, quota }) => [`${feature.replace('create_', '')}s`, quota])),
    });
  }

  /** Refused credentials stop the whole node, not this order: nothing new is placed there until a check passes. */
  async function leaveRotation(node: Node): Promise<void> {
    await inTransaction(orm, (em) => em.nativeUpdate(Node, node.id, { health: 'failing', goodChecks: 0 }));
  }
};
export type ProvisioningActivities = ReturnType<typeof createProvisioningActivities>;

/** `ines@example.org` for S-7K2M9-QXVB3 → `ines+s7k2m9qxvb3@example.org` */
function subAddress(email: string, serviceReference: string): string {
  const [local, domain] = email.split('@') as [string, string];
  return `${local.split('+')[0]}+${serviceReference.toLowerCase().replaceAll('-', '')}@${domain}`;
}
