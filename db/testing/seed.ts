import { placeOrder } from '#db/orders/place-order.ts';
import { newId, reference } from '#domain/ids.ts';
import { Customer, Node, Plan, PlanPackage, type OrderWishes } from '#db/entities/index.ts';
import type { Em, Orm } from '#db/orm.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import { statement, transaction } from '#db/statements.ts';

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
    publicUrl: baseUrl.replace('127.0.0.1', 'localhost'),
    credentials: sealer.seal(JSON.stringify(PANEL_KEY), { table: 'node', column: 'credentials', rowId: id }),
    credentialsChangedAt: at,
    capabilities: ['passwords'],
    capabilitiesFound: ['passwords'],
    capabilitiesOff: [],
    location: null,
    // Stories and benchmarks ask more of a panel in a minute than a shop does in a day.
    callsPerHour: 10_000_000,
    callsPerDay: 10_000_000,
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

const ADD_BUYER = statement<{ id: string; email: string }>(
  'seed_buyer',
  `insert into customer (id, reference, email, name, country, created_at)
   values ($id, $reference, $email, 'Ines Moreau', 'FR', $at) returning id, email`,
);
const FIND_BUYER = statement<{ id: string; email: string }>(
  'find_seeded_buyer',
  'select id, email from customer where id = $id',
);

/** A customer's order of the starter plan for a month in euros, written as the API writes it. @param owner  owns the tables */
export const addOrder = (owner: Orm, { at, gateway = 'stripe', wishes, customerId }: OrderToSeed) =>
  transaction(owner, async (tx) => {
    const id = newId();
    const buyer = customerId
      ? await tx.queryOne(FIND_BUYER, { id: customerId })
      : await tx.queryOne(ADD_BUYER, { id, reference: reference('C', id), email: `${id}@harbor-bakery.example`, at });
    const wish = {
      customerId: buyer!.id,
      plan: 'starter',
      cycle: 'monthly',
      currency: 'EUR',
      gateway,
      wishes,
    } as const;
    const placed = await placeOrder(tx, wish, { actor: { type: 'system' } }, SHOP, at);
    if (placed.outcome !== 'placed') throw new Error(placed.outcome);
    return { orderId: placed.order.id, customerId: buyer!.id, email: buyer!.email };
  });
