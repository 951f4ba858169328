import type { z } from '@hono/zod-openapi';
import { money, toJson } from '#domain/money/money.ts';
import { Plan, PlanPackage, PlanPrice, PlanQuota } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { CatalogPlan, PlanView } from '../contracts/catalog.ts';

const BY_ORDER = { sortOrder: 'asc', code: 'asc' } as const;

/** Plans on offer with the prices on offer; a plan without a price cannot be bought and is left out. */
export async function plansOnOffer(em: Em): Promise<z.infer<typeof PlanView>[]> {
  const plans = await em.find(Plan, { active: true }, { orderBy: BY_ORDER });
  const views = await withParts(em, plans);
  return views.filter(({ prices }) => prices.length > 0);
}

/** Every plan as staff see it, or one of them. */
export async function catalog(em: Em, id?: string): Promise<z.infer<typeof CatalogPlan>[]> {
  const plans = await em.find(Plan, id ? { id } : {}, { orderBy: BY_ORDER });
  const views = await withParts(em, plans);
  const packages = await em.find(PlanPackage, { planId: { $in: plans.map((plan) => plan.id) } });
  return plans.map(({ panel, active, sortOrder }, i) => {
    const view = views[i]!;
    const placed = packages.filter(({ planId }) => planId === view.id);
    return {
      ...view,
      panel,
      active,
      sort_order: sortOrder,
      packages: placed.map(({ nodeId, packageId }) => ({ node_id: nodeId, package_id: packageId })),
    };
  });
}

async function withParts(em: Em, plans: Plan[]): Promise<z.infer<typeof PlanView>[]> {
  const planId = { $in: plans.map(({ id }) => id) };
  const quotas = await em.find(PlanQuota, { planId }, { orderBy: { feature: 'asc' } });
  const prices = await em.find(PlanPrice, { planId, active: true }, { orderBy: { currency: 'asc', cycle: 'asc' } });
  return plans.map(({ id, code, name, description }) => ({
    id,
    code,
    name,
    description,
    quotas: Object.fromEntries(quotas.filter((of) => of.planId === id).map(({ feature, quota }) => [feature, quota])),
    prices: prices
      .filter((of) => of.planId === id)
      .map(({ cycle, currency, amountMinor }) => ({ cycle, price: toJson(money(amountMinor, currency)) })),
  }));
}
