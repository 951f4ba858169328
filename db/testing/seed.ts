import { placeOrder } from '#db/orders/place-order.ts';
import { newId, reference } from '#domain/ids.ts';
import { Customer, Node, Plan, PlanPackage, type OrderWishes } from '#db/entities/index.ts';
import { inTransaction, type Em, type Orm } from '#db/orm.ts';
import type { Sealer } from '#db/secrets/seal.ts';

/** The key that the simulated panel of a story knows. */
export const PANEL_KEY = { apiKey: 'npk_simulated', apiSecret: 'nps_simulated' };

export async function addNode(
  em: Em,
  sealer: Sealer,
  { name = 'ams-1', baseUrl, capacity = 100, at }: { name?: string; baseUrl: string; capacity?: number; at: Date },
): Promise<string> {
  const id = newId();
  em.create(Node, {
    id,
    name,
    panel: 'nextpanel',
    baseUrl,
    credentials: sealer.seal(JSON.stringify(PANEL_KEY), { table: 'node', column: 'credentials', rowId: id }),
    credentialsChangedAt: at,
    capabilities: ['passwords'],
    location: null,
    capacity,
    slotsTaken: 0,
    draining: false,
    health: 'healthy',
    failedChecks: 0,
    goodChecks: 2,
    createdAt: at,
  });
  await em.flush();
  for (const { id: planId } of await em.find(Plan, {})) em.create(PlanPackage, { planId, nodeId: id, packageId: '4' });
  return id;
}

export function addCustomer(em: Em, at: Date): Customer {
  const id = newId();
  return em.create(Customer, {
    id,
    reference: reference('C', id),
    email: `${id}@harbor-bakery.example`,
    name: 'Ines Moreau',
    country: 'FR',
    createdAt: at,
  });
}

const SHOP = { seller: { name: 'Hostwright', email: 'billing@hostwright.example', country: 'DE' }, billingZone: 'UTC' };

interface OrderToSeed {
  at: Date;
  gateway?: 'stripe' | 'paypal' | 'recorded';
  wishes?: OrderWishes;
  /** A new one without it. */
  customerId?: string | undefined;
}

/** A customer's order of the starter plan for a month in euros, written as the API writes it. @param owner  owns the tables */
export const addOrder = (owner: Orm, { at, gateway = 'stripe', wishes, customerId }: OrderToSeed) =>
  inTransaction(owner, async (em) => {
    const buyer = customerId ? await em.findOneOrFail(Customer, customerId) : addCustomer(em, at);
    await em.flush();
    const wish = { customerId: buyer.id, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway, wishes } as const;
    const placed = await placeOrder(em, wish, { actor: { type: 'system' } }, SHOP, at);
    if (placed.outcome !== 'placed') throw new Error(placed.outcome);
    return { orderId: placed.order.id, customerId: buyer.id, email: buyer.email };
  });
