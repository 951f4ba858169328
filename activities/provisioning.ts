import type { Stop } from '#domain/stop.ts';
import { usernameFor } from '#domain/username.ts';
import { audit } from '#db/audit.ts';
import { Node, Order, Service, ServiceSecret, type OrderWishes } from '#db/entities/index.ts';
import { licenseKeyPlace } from '#db/license-keys.ts';
import { inTransaction } from '#db/orm.ts';
import type { AccountOutcome, Panel } from './panels/panel.ts';
import type { ActivityParts } from './parts.ts';
import { ended } from './placement.ts';
import { openInitialPassword, openSecret } from './service-secrets.ts';
import { openTask, tell } from './story.ts';
import { at } from './where.ts';

export interface AccountToEnsure {
  serviceId: string;
  /** Staff named them. */
  username?: string | undefined;
  packageId?: string | undefined;
  asOf: number;
}

/** What an account is made of, read in one go. */
interface Wanted {
  orderId: string;
  /** Set once the order was taken back. */
  endedAt: string | null;
  reference: string;
  wishes: OrderWishes;
  plan: string;
  planId: string;
  packageId: string | null;
  email: string;
  name: string;
  company: string | null;
}

const NAMES_TRIED = 5;

export const createProvisioningActivities = ({
  orm,
  sealer,
  panels,
}: Pick<ActivityParts, 'orm' | 'sealer' | 'panels'>) => {
  return {
    /**
     * Makes the account on the service's node, or finds the one an earlier try made: its name was written before the
     * panel was called. The license is handed over where the panel takes it.
     */
    async ensureAccount(wish: AccountToEnsure): Promise<'ready' | Stop> {
      const { service, node, panel, wanted } = await load(wish.serviceId);
      const where = { nodeId: node.id, adapter: node.panel };
      if (wanted.endedAt) return ended(wanted);
      const packageId = wish.packageId ?? wanted.packageId;
      if (!packageId) {
        const message = `${node.name} has no package for the plan ${wanted.plan}. Name it, or retry with \`packageId\`.`;
        return { stop: 'PackageMissing', message, ...where };
      }
      try {
        const outcome = await at(where, () => tryNames(panel, service, wanted, packageId, wish));
        if (outcome.outcome === 'taken') {
          const message = `${node.name}: ${outcome.detail}. Retry with another \`username\`, or with \`nodeId\` on another node.`;
          return { stop: 'NameTaken', message, ...where };
        }
        await recordAccount(service, node, wanted, outcome, new Date(wish.asOf));
        if (panel.handOverLicense) await at(where, () => handOver(panel, service, wanted));
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
      if (!found) return;
      if (!service.madeByUs && !isOurs(service, found)) return;
      await at(where, () => panel.ensureDeleted({ externalId: found.externalId, serviceId, username }));
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
        const text = `The account of order ${order.reference} has not been made on ${node.name} for an hour. It is tried again for a day, then it parks.`;
        const key = `slow-account/${serviceId}/${node.id}`;
        await openTask(em, { key, kind: 'slow_account', text, customerId: order.customerId, orderId }, new Date(asOf));
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
      const { externalId } = service;
      if (!panel.setPassword || !externalId) return { outcome: 'not_possible' };
      const password = openSecret(sealer, secret);
      await at({ nodeId: node.id, adapter: node.panel }, () => panel.setPassword!({ externalId }, password));
      await inTransaction(orm, async (em) => void (await em.nativeDelete(ServiceSecret, { serviceId })));
      return { outcome: 'set' };
    },
  };

  async function load(serviceId: string) {
    const em = orm.em.fork();
    const service = await em.findOneOrFail(Service, serviceId);
    const node = await em.findOneOrFail(Node, service.nodeId!);
    const [wanted] = await em.execute<Wanted[]>(
      `select s.order_id as "orderId", o.ended_at as "endedAt", o.reference, o.wishes, p.code as plan, p.id as "planId", pp.package_id as "packageId", c.email, c.name, c.company
       from subscription s join "order" o on o.id = s.order_id join plan p on p.id = s.plan_id join customer c on c.id = s.customer_id
       left join plan_package pp on pp.plan_id = s.plan_id and pp.node_id = ?
       where s.id = ?`,
      [node.id, service.subscriptionId],
    );
    return { service, node, wanted: wanted!, panel: panels.of(node) };
  }

  async function tryNames(
    panel: Panel,
    service: Service,
    wanted: Wanted,
    packageId: string,
    wish: AccountToEnsure,
  ): Promise<AccountOutcome> {
    const asked = wish.username ?? wanted.wishes.username;
    // An earlier run may have had to go on to another name: the one that was sent last is looked for first.
    const names = asked ? [asked] : [...new Set([service.username!, ...derivedNames(service)])];
    let outcome: AccountOutcome | undefined;
    let email = wanted.email;
    for (const username of names) {
      await rename(service, username);
      outcome = await ensure(panel, service, wanted, { username, email, packageId });
      if (outcome.outcome === 'taken' && outcome.field === 'email' && email === wanted.email) {
        // Panels want an address once; a customer's second account gets a sub-address of the same mailbox.
        email = subAddress(wanted.email, service.reference);
        outcome = await ensure(panel, service, wanted, { username, email, packageId });
      }
      if (outcome.outcome === 'ready' || outcome.field === 'email') return outcome;
    }
    return outcome!;
  }

  function ensure(
    panel: Panel,
    service: Service,
    wanted: Wanted,
    account: { username: string; email: string; packageId: string },
  ): Promise<AccountOutcome> {
    return panel.ensureAccount({
      serviceId: service.id,
      customerId: service.customerId,
      ...account,
      fullName: wanted.name,
      company: wanted.company ?? undefined,
      initialPassword: () => openInitialPassword(orm.em.fork(), sealer, service.id),
    });
  }

  /** Written before the panel is called, so that a lost answer is looked for under the right name. */
  async function rename(service: Service, username: string): Promise<void> {
    if (service.username === username) return;
    await inTransaction(orm, (em) => em.nativeUpdate(Service, service.id, { username }));
    service.username = username;
  }

  async function recordAccount(
    service: Service,
    node: Node,
    { orderId }: Wanted,
    { account, made }: Extract<AccountOutcome, { outcome: 'ready' }>,
    now: Date,
  ): Promise<void> {
    if (service.externalId === account.externalId) return;
    const { externalId, username } = account;
    const ours = made || isOurs(service, account);
    await inTransaction(orm, async (em) => {
      await em.nativeUpdate(Service, service.id, { externalId, username, madeByUs: ours });
      const text = `Account ${username} made on ${node.name}`;
      await tell(
        em,
        { id: orderId, customerId: service.customerId },
        { key: `account/${node.id}`, kind: 'account', text },
        now,
      );
      audit(em, {
        at: now,
        actor: { type: 'workflow', id: `order/${orderId}` },
        action: ours ? 'service.account_made' : 'service.account_adopted',
        object: { type: 'service', id: service.id },
        customerId: service.customerId,
        after: { node: node.name, username, externalId },
      });
    });
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

const derivedNames = (service: Service) => Array.from({ length: NAMES_TRIED }, (_, i) => usernameFor(service.id, i));

/**
 * Whether an account that was there already is one a try of ours made, whose answer was lost: it carries our service,
 * or, where the panel does not tell, a name that only this service has. One under a name that staff chose may be theirs.
 */
const isOurs = (service: Service, account: { serviceId?: string | undefined; username: string }): boolean =>
  account.serviceId ? account.serviceId === service.id : derivedNames(service).includes(account.username);

/** `ines@example.org` for S-7K2M9-QXVB3 → `ines+s7k2m9qxvb3@example.org` */
function subAddress(email: string, serviceReference: string): string {
  const [local, domain] = email.split('@') as [string, string];
  return `${local.split('+')[0]}+${serviceReference.toLowerCase().replaceAll('-', '')}@${domain}`;
}
