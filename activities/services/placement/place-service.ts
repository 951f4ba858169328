import { civilDate, paidThroughOf, type BillingCycle } from '#domain/calendar/civil-dates.ts';
import { newId, reference } from '#domain/ids.ts';
import { askedOf, explainObstacles, obstacle } from '#domain/services/placement.ts';
import { derivedUsernames, usernameFor } from '#domain/services/username.ts';
import { orderEnded, type Stop } from '#domain/workflows/stop.ts';
import { audit } from '#db/audit/entry.ts';
import type { OrderWishes } from '#db/entities/index.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { change, statement, transaction, type Transaction } from '#db/statements.ts';
import { violates } from '#db/violations.ts';
import { LICENSE, newLicense } from '#activities/licenses/issue-license.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { INITIAL_PASSWORD, newInitialPassword } from '../accounts/service-secrets.ts';
import { closeOrphanTasks, formerNodes, recordOrphan } from '../former-nodes/orphaned-accounts.ts';
import { freeSlot, inOrderOfChoice, readNamedCandidates, SLOT, type NamedCandidate } from './slots.ts';

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
  /** An account may be on a node that the service went on from; `cleanUpFormerNodes` sees to it. */
  hasFormerNodes: boolean;
}

/** The order, held, with the service it has if it was placed before. */
interface OrderToPlace {
  customerId: string;
  reference: string;
  endedAt: Date | null;
  wishes: OrderWishes;
  planId: string;
  planPriceId: string;
  planCode: string;
  panel: string;
  cycle: BillingCycle;
  serviceId: string | null;
  nodeId: string | null;
  holdsSlot: boolean | null;
  username: string | null;
  externalId: string | null;
  madeByUs: boolean | null;
}
/** Whoever waits for the order reads it afterwards: a join of the same statement would show what was there before. */
const HOLD_ORDER = statement('hold_order_to_place', 'select from "order" where id = $orderId for update');
const READ_ORDER = statement<OrderToPlace>(
  'read_order_to_place',
  `select o.customer_id as "customerId", o.reference, o.ended_at as "endedAt", o.wishes, l.plan_id as "planId",
     l.plan_price_id as "planPriceId", p.code as "planCode", p.panel, l.cycle, s.id as "serviceId", s.node_id as "nodeId",
     s.holds_slot as "holdsSlot", s.username, s.external_id as "externalId", s.made_by_us as "madeByUs"
   from "order" o join order_line l on l.order_id = o.id join plan p on p.id = l.plan_id
   left join subscription sub on sub.order_id = o.id left join service s on s.subscription_id = sub.id
   where o.id = $orderId`,
);

/** A new service with all it needs, on a node that has a slot for it: all of it, or nothing. */
const PLACE = change<{ id: string }>(
  'place_service',
  `with ${SLOT}, subscribed as (
     insert into subscription (id, reference, customer_id, order_id, plan_id, plan_price_id, cycle, status, anchor_day, billing_zone,
       period_start, paid_through, created_at)
     select $subscriptionId, $subscriptionReference, $customerId, $orderId, $planId, $planPriceId, $cycle, 'pending', $anchorDay,
       $billingZone, $periodStart, $paidThrough, $asOf from slot
   ), changed as (
     insert into service (id, reference, customer_id, subscription_id, node_id, holds_slot, username, status, created_at)
     select $serviceId, $serviceReference, $customerId, $subscriptionId, slot.id, true, $username, 'provisioning', $asOf from slot
     returning id
   ), ${INITIAL_PASSWORD}, ${LICENSE}`,
);

/** A service that goes on to another node; its license answers there from now on. */
const MOVE = change<{ id: string }>(
  'move_service',
  `with ${SLOT}, changed as (
     update service set node_id = slot.id, holds_slot = true, status = 'provisioning', username = $username, external_id = null,
       made_by_us = false
     from slot where service.id = $serviceId returning service.id
   ), licensed as (
     update license set node_id = slot.id from slot where license.service_id = $serviceId
   )`,
);

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
    const place = () => transaction(orm, (tx) => placeOrder(tx, { sealer, settings }, wish));
    // Another service may take the name in the same moment; the second time it is seen.
    return await place().catch((error: unknown) =>
      violates(error, 'service_username') ? place() : Promise.reject(error as Error),
    );
  },
});
export type PlacementActivities = ReturnType<typeof createPlacementActivities>;

type Parts = Pick<ActivityParts, 'sealer' | 'settings'>;

async function placeOrder(tx: Transaction, parts: Parts, wish: ServiceToPlace): Promise<Placed | Stop> {
  const { orderId, nodeId, asOf } = wish;
  tx.write(HOLD_ORDER, { orderId });
  const order = await tx.queryOne(READ_ORDER, { orderId });
  if (!order) throw new Error(`There is no order ${orderId}.`);
  if (order.endedAt) return orderEnded(order);
  const { serviceId, nodeId: placedOn } = order;
  if (serviceId && placedOn && (!nodeId || placedOn === nodeId)) return await placed(tx, serviceId, placedOn);

  const service = { id: serviceId ?? newId(), username: usernameOf(order, wish) };
  const username = service.username ?? usernameFor(service.id);
  const all = await readNamedCandidates(tx, { planId: order.planId, serviceId: service.id, username });
  const wanted = nodeId ?? order.wishes.nodeId;
  const asked = askedOf(all, wanted);
  for (const node of inOrderOfChoice(asked)) {
    // Where another service has the name, ours gets one of its own; whether that will do is decided when it is made.
    const name = node.nameTaken ? derivedUsernames(service.id).find((each) => each !== username)! : username;
    const target = { node, serviceId: service.id, username: name, orderId, now: new Date(asOf) };
    const taken = serviceId ? await move(tx, order, target) : await create(tx, parts, order, target);
    if (taken)
      return serviceId
        ? await placed(tx, serviceId, node.id)
        : { serviceId: service.id, nodeId: node.id, hasFormerNodes: false };
  }
  return noNode(order, asked, wanted);
}

/** A new service takes the wished name, one that moves keeps its own, and staff may name another. */
const usernameOf = (order: OrderToPlace, { username }: ServiceToPlace): string | undefined =>
  username ?? order.username ?? order.wishes.username;

async function placed(tx: Transaction, serviceId: string, nodeId: string): Promise<Placed> {
  return { serviceId, nodeId, hasFormerNodes: (await formerNodes(tx, serviceId)).length > 0 };
}

interface Target {
  node: NamedCandidate;
  serviceId: string;
  username: string;
  orderId: string;
  now: Date;
}

/** @returns whether the node had a slot left */
async function create(tx: Transaction, parts: Parts, order: OrderToPlace, target: Target): Promise<boolean> {
  const { serviceId, username, orderId, node, now } = target;
  const { billingZone } = parts.settings;
  const subscriptionId = newId();
  const periodStart = civilDate(now, billingZone);
  const anchorDay = Number(periodStart.slice(8));
  explain(tx, order, target);
  const rows = await tx.change(PLACE, {
    ...newInitialPassword(parts.sealer),
    ...newLicense(parts),
    nodeId: node.id,
    customerId: order.customerId,
    orderId,
    planId: order.planId,
    planPriceId: order.planPriceId,
    cycle: order.cycle,
    subscriptionId,
    subscriptionReference: reference('SUB', subscriptionId),
    anchorDay,
    billingZone,
    periodStart,
    paidThrough: paidThroughOf(periodStart, anchorDay, order.cycle),
    serviceId,
    serviceReference: reference('S', serviceId),
    username,
    asOf: now,
  });
  return rows.length > 0;
}

/** The service, as it was read, gets a slot elsewhere: what it leaves is noted, and its old slot given back. */
async function move(tx: Transaction, order: OrderToPlace, target: Target): Promise<boolean> {
  const { serviceId, username, orderId, node, now } = target;
  const { nodeId: from, externalId, madeByUs } = order;
  explain(tx, order, target);
  if ((await tx.change(MOVE, { nodeId: node.id, serviceId, username })).length === 0) return false;
  await closeOrphanTasks(tx, serviceId, node.id, orderId, now);
  if (!from) return true;
  const left = { id: serviceId, nodeId: from, username: order.username, externalId, madeByUs: madeByUs ?? false };
  await recordOrphan(tx, left, now);
  if (order.holdsSlot) await freeSlot(tx, serviceId, from, now);
  return true;
}

function explain(tx: Transaction, order: OrderToPlace, { node, serviceId, orderId, now }: Target): void {
  const { customerId, planCode } = order;
  const text = `Placed on ${node.name}; license issued`;
  addOrderEvent(tx, { id: orderId, customerId }, { key: `placed/${node.id}`, kind: 'node_chosen', text }, now);
  audit(tx, {
    at: now,
    actor: { type: 'workflow', id: `order/${orderId}` },
    action: 'service.placed',
    object: { type: 'service', id: serviceId },
    customerId,
    after: { node: node.name, plan: planCode },
  });
}

function noNode({ panel, planCode }: OrderToPlace, asked: readonly NamedCandidate[], wanted: string | undefined): Stop {
  const where = { adapter: panel, nodeId: wanted };
  if (wanted && asked.length === 0) {
    const message = `There is no node ${wanted} with the panel ${panel}. Retry with the id of one that GET /api/v2/nodes shows.`;
    return { stop: 'NoFreeNode', message, ...where };
  }
  const obstacles = explainObstacles(asked);
  if (asked.length > 0 && asked.every((node) => obstacle(node) === 'no_package')) {
    const message = `No package is mapped for the plan ${planCode}: ${obstacles} Name the package of the plan on a node; the order then goes on by itself.`;
    return { stop: 'PackageMissing', message, ...where };
  }
  const message = `No node can take the plan ${planCode}: ${obstacles} The order goes on by itself when one is free.`;
  return { stop: 'NoFreeNode', message, ...where };
}
