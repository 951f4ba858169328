import type { z } from '@hono/zod-openapi';
import { BILLING_CYCLES } from '#domain/calendar/civil-dates.ts';
import { gatewaysTaking } from '#domain/money/least-amount.ts';
import { money, toJson } from '#domain/money/money.ts';
import type { GatewayName } from '#domain/vendors.ts';
import { Plan, PlanPackage, PlanPrice, PlanQuota } from '#db/entities/index.ts';
import { readPlaceable } from '#db/nodes/candidates.ts';
import type { Em } from '#db/orm.ts';
import type { CatalogPlan, PlanView } from '../contracts/catalog.ts';

const BY_ORDER = { sortOrder: 'asc', code: 'asc' } as const;

/** That customers may pay at. */
type Gateways = readonly GatewayName[];

/** Plans on offer with the prices on offer; a plan without a price cannot be bought and is left out. */
export async function plansOnOffer(em: Em, gateways: Gateways): Promise<z.infer<typeof PlanView>[]> {
  const plans = await em.find(Plan, { active: true }, { orderBy: BY_ORDER });
  const refusing = plans.filter(({ whenFull }) => whenFull === 'refuse');
  const placeable = await readPlaceable(em, refusing);
  const views = await withParts(em, plans, placeable, gateways);
  return views.filter(({ prices }) => prices.length > 0);
}

/** Every plan as staff see it, or one of them. */
export async function catalog(em: Em, gateways: Gateways, id?: string): Promise<z.infer<typeof CatalogPlan>[]> {
  const plans = await em.find(Plan, id ? { id } : {}, { orderBy: BY_ORDER });
  const placeable = await readPlaceable(em, plans);
  const views = await withParts(em, plans, placeable, gateways);
  const packages = await em.find(PlanPackage, { planId: { $in: plans.map((plan) => plan.id) } });
  return plans.map(({ panel, active, sortOrder, whenFull }, i) => {
    const view = views[i]!;
    const placed = packages.filter(({ planId }) => planId === view.id);
    return {
      ...view,
      panel,
      active,
      sort_order: sortOrder,
      when_full: whenFull,
      takes_orders: placeable.has(view.id),
      packages: placed.map(({ nodeId, packageId }) => ({ node_id: nodeId, package_id: packageId })),
    };
  });
}

const byCurrencyAndCycle = (a: PlanPrice, b: PlanPrice): number =>
  a.currency.localeCompare(b.currency) || BILLING_CYCLES.indexOf(a.cycle) - BILLING_CYCLES.indexOf(b.cycle);

/** @param placeable  of the plans that are refused when they are full, at least */
async function withParts(
  em: Em,
  plans: Plan[],
  placeable: ReadonlySet<string>,
  gateways: Gateways,
): Promise<z.infer<typeof PlanView>[]> {
  const planId = { $in: plans.map(({ id }) => id) };
  const quotas = await em.find(PlanQuota, { planId }, { orderBy: { feature: 'asc' } });
  const prices = await em.find(PlanPrice, { planId, active: true });
  return plans.map(({ id, code, name, description, whenFull }) => ({
    id,
    code,
    name,
    description,
    quotas: Object.fromEntries(quotas.filter((of) => of.planId === id).map(({ feature, quota }) => [feature, quota])),
    prices: prices
      .filter((of) => of.planId === id)
      .toSorted(byCurrencyAndCycle)
      .map(({ cycle, currency, amountMinor }) => {
        const price = money(amountMinor, currency);
        return { cycle, price: toJson(price), gateways: gatewaysTaking(price, gateways) };
      }),
    sold_out: whenFull === 'refuse' && !placeable.has(id),
  }));
}
