import { newId } from '#domain/ids.ts';
import { reference } from '#domain/ids.ts';
import { Customer, Node, Plan, PlanPackage } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { Sealer } from '#db/seal.ts';
import { PANEL_KEY } from './vendors.ts';

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
