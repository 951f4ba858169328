import { civilDate, periodEnd } from '#domain/calendar/civil-dates.ts';
import { newId, reference } from '#domain/ids.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { usernameFor } from '#domain/services/username.ts';
import { audit } from '#db/audit/entry.ts';
import { License, Order, OrderLine, Plan, Service, Subscription } from '#db/entities/index.ts';
import { issueLicenseKey } from '#db/licenses/license-keys.ts';
import { type Em, inTransaction, LOCKED } from '#db/orm.ts';
import { violates } from '#db/violations.ts';
import { comeBack, nodesLeft, noteLeft } from '../former-nodes/orphaned-accounts.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { makeInitialPassword } from '../accounts/service-secrets.ts';
import { NotPlaced, takeSlot } from './slots.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { wake } from '#db/messages/wake.ts';

export interface ServiceToPlace {
  orderId: string;
  /** Staff named it; otherwise the least used takes it. */
  nodeId?: string | undefined;
  /** Staff named it, for the account to be made there. */
  username?: string | undefined;
  asOf: number;
}

export interface Placed {
  serviceId: string;
  nodeId: string;
  /** An account may be left on a node that the service went on from; `leaveNodes` sees to it. */
  leftBehind: boolean;
}

type Parts = Pick<ActivityParts, 'sealer' | 'settings'>;

export const createPlacementActivities = ({
  orm,
  sealer,
  settings,
}: Pick<ActivityParts, 'orm' | 'sealer' | 'settings'>) => ({
  /**
   * Chooses the node, takes its slot, and writes subscription, service and license with its quotas: all or nothing,
   * before the panel hears of it. A repeat finds what it wrote; with another `nodeId` the service moves there.
   * A node where no other service has the wanted name comes before one where that name will have to be another.
   */
  async placeService(wish: ServiceToPlace): Promise<Placed | Stop> {
    const run = (): Promise<Placed | Stop> => inTransaction(orm, (em) => place(em, { sealer, settings }, wish));
    try {
      // Another service may take the name in the same moment; the second time it is seen.
      return await run().catch((error: unknown) =>
        violates(error, 'service_username') ? run() : Promise.reject(error),
      );
    } catch (error) {
      if (error instanceof NotPlaced) return error.stop;
      throw error;
    }
  },
});
export type PlacementActivities = ReturnType<typeof createPlacementActivities>;

async function place(em: Em, parts: Parts, { orderId, nodeId, username, asOf }: ServiceToPlace): Promise<Placed> {
  const order = await em.findOneOrFail(Order, orderId, LOCKED);
  if (order.endedAt) throw new NotPlaced(ended(order));
  const line = await em.findOneOrFail(OrderLine, { orderId });
  const plan = await em.findOneOrFail(Plan, line.planId);
  const now = new Date(asOf);
  const subscription = await em.findOne(Subscription, { orderId });
  const there = subscription ? await em.findOneOrFail(Service, { subscriptionId: subscription.id }) : null;
  const wanted = nodeId ?? order.wishes.nodeId;
  const placed = async (serviceId: string, on: string): Promise<Placed> => {
    const leftBehind = there !== null && (await nodesLeft(em, serviceId)).length > 0;
    return { serviceId, nodeId: on, leftBehind };
  };
  if (there?.nodeId && (!nodeId || there.nodeId === nodeId)) return placed(there.id, there.nodeId);

  const service = there ?? create(em, parts, order, line, now);
  if (!there) await issueLicense(em, parts, service, plan, now);
  // Last of the writes that take long: until we commit, other orders for the node wait for its row.
  const node = await takeSlot(em, plan, { id: service.id, username: username ?? service.username! }, wanted);
  if (there) await move(em, there, { nodeId: node.id, orderId }, now);
  addOrderEvent(
    em,
    order,
    { key: `placed/${node.id}`, kind: 'node_chosen', text: `Placed on ${node.name}; license issued` },
    now,
  );
  audit(em, {
    at: now,
    actor: { type: 'workflow', id: `order/${orderId}` },
    action: 'service.placed',
    object: { type: 'service', id: service.id },
    customerId: order.customerId,
    after: { node: node.name, plan: plan.code },
  });
  return placed(service.id, node.id);
}

export const ended = ({ reference: of }: { reference: string }): Stop => ({
  stop: 'OrderEnded',
  message: `Order ${of} has been taken back; nothing is made for it any more. Abort to close this run.`,
});

/** Gives the slot back, once, and tells the orders that wait for one. */
export async function releaseSlot(em: Em, service: Service, now: Date): Promise<void> {
  if (!service.holdsSlot || !service.nodeId) return;
  service.holdsSlot = false;
  await giveBack(em, service.id, service.nodeId, now);
}

/** The service, as it was read, has got a slot elsewhere: what it leaves is noted, and its old slot given back. */
async function move(em: Em, service: Service, to: { nodeId: string; orderId: string }, now: Date): Promise<void> {
  await em.nativeUpdate(Service, service.id, { externalId: null, madeByUs: false });
  await comeBack(em, service.id, to.nodeId, to.orderId, now);
  if (!service.nodeId) return;
  await noteLeft(em, service, now);
  if (service.holdsSlot) await giveBack(em, service.id, service.nodeId, now);
}

async function giveBack(em: Em, serviceId: string, nodeId: string, now: Date): Promise<void> {
  await em.execute(`update node set slots_taken = slots_taken - 1 where id = ?`, [nodeId]);
  // A service may come back to a node and leave it again. What is rolled back takes its commands with it.
  await wake(em, { because: `slot/${serviceId}/${newId()}`, nodeId }, now);
}

function create(em: Em, { sealer, settings }: Parts, order: Order, line: OrderLine, now: Date): Service {
  const subscriptionId = newId();
  const serviceId = newId();
  const start = civilDate(now, settings.billingZone);
  const anchorDay = Number(start.slice(8));
  em.create(Subscription, {
    id: subscriptionId,
    reference: reference('SUB', subscriptionId),
    customerId: order.customerId,
    orderId: order.id,
    planId: line.planId,
    planPriceId: line.planPriceId,
    cycle: line.cycle,
    status: 'pending',
    anchorDay,
    billingZone: settings.billingZone,
    periodStart: start,
    paidThrough: periodEnd(start, anchorDay, line.cycle),
    createdAt: now,
  });
  const service = em.create(Service, {
    id: serviceId,
    reference: reference('S', serviceId),
    customerId: order.customerId,
    subscriptionId,
    holdsSlot: false,
    username: order.wishes.username ?? usernameFor(serviceId),
    madeByUs: false,
    status: 'pending',
    createdAt: now,
  });
  makeInitialPassword(em, sealer, service, now);
  return service;
}

/** The key is made here, once; the plan's quotas are copied, so that a later change of the plan leaves them. */
async function issueLicense(em: Em, { sealer, settings }: Parts, service: Service, plan: Plan, now: Date) {
  const id = newId();
  const { hash, sealed, hint } = issueLicenseKey(settings.licenseKeyForm, settings.licensePepper, sealer, id);
  em.create(License, {
    id,
    customerId: service.customerId,
    serviceId: service.id,
    planId: plan.id,
    keyHash: hash,
    keySealed: sealed,
    keyHint: hint,
    status: 'active',
    nodeId: service.nodeId,
    inGrace: false,
    unnamedFeatures: 'deny',
    issuedAt: now,
  });
  await em.flush();
  await em.execute(
    `insert into license_quota (license_id, customer_id, feature, quota, gauge, held, version)
     select ?::uuid, ?::uuid, feature, quota, 0, 0, 0 from plan_quota where plan_id = ?`,
    [id, service.customerId, plan.id],
  );
}
