import { DEFAULT_PANEL, vendorLabel, type GatewayName } from '#domain/vendors.ts';
import { newId } from '#domain/ids.ts';
import { isBelowLeast, leastAmount } from '#domain/money/least-amount.ts';
import { describeMoney, fromJson, money, type Money } from '#domain/money/money.ts';
import type { z } from '@hono/zod-openapi';
import { Plan, PlanPrice, PlanQuota } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { CreatePlan, SetPrice } from '../contracts/catalog.ts';
import { Problem } from '../http/problem.ts';

/** @throws Problem 409 for a code that is taken: orders and scripts name plans by it */
export async function createPlan(em: Em, wish: z.infer<typeof CreatePlan>, asOf: Date): Promise<Plan> {
  const { code, name, description, sort_order: sortOrder, when_full: whenFull, quotas } = wish;
  const id = newId();
  const added = await em.execute(
    `insert into plan (id, code, name, description, panel, active, sort_order, when_full, created_at)
     values (?, ?, ?, ?, ?, true, ?, ?, ?) on conflict (code) do nothing returning id`,
    [id, code, name, description, DEFAULT_PANEL, sortOrder, whenFull, asOf],
  );
  if (added.length === 0) {
    throw new Problem(409, 'plan_code_taken', `There is a plan with the code ${code} already. Codes are used once.`, {
      errors: [{ pointer: '/code', detail: 'is taken' }],
    });
  }
  await setQuotas(em, id, quotas);
  return em.findOneOrFail(Plan, id);
}

/**
 * What licenses issued from now on allow; those that are out keep the copy they were issued with.
 * @returns what it was before
 */
export async function setQuotas(
  em: Em,
  planId: string,
  quotas: Record<string, number>,
): Promise<Record<string, number>> {
  const before = await em.find(PlanQuota, { planId });
  await em.nativeDelete(PlanQuota, { planId });
  await em.insertMany(
    PlanQuota,
    Object.entries(quotas).map(([feature, quota]) => ({ planId, feature, quota })),
  );
  return Object.fromEntries(before.map(({ feature, quota }) => [feature, quota]));
}

/**
 * Puts a price on offer; the one before stays for the orders that named it.
 * @param gateways  those that customers may pay at
 * @returns minor units of the price before, if there was one
 * @throws Problem 422 for a price that one of them does not take
 */
export async function setPrice(
  em: Em,
  planId: string,
  { cycle, price }: z.infer<typeof SetPrice>,
  gateways: readonly GatewayName[],
  asOf: Date,
): Promise<number | undefined> {
  const { minor, currency } = fromJson(price);
  refuseBelowLeast(money(minor, currency), gateways);
  // Two changes at once wait here for each other: one price is on offer.
  await em.execute(`select 1 from plan where id = ? for update`, [planId]);
  const offered = await em.findOne(PlanPrice, { planId, cycle, currency, active: true });
  if (offered?.amountMinor === minor) return minor;
  await em.nativeUpdate(PlanPrice, { planId, cycle, currency, active: true }, { active: false });
  await em.insert(PlanPrice, {
    id: newId(),
    planId,
    cycle,
    currency,
    amountMinor: minor,
    active: true,
    createdAt: asOf,
  });
  return offered?.amountMinor;
}

function refuseBelowLeast(price: Money, gateways: readonly GatewayName[]): void {
  const { currency } = price;
  const tooLittle = gateways.filter((gateway) => isBelowLeast(price, gateway));
  if (tooLittle.length === 0) return;
  const leasts = tooLittle.map((name) => `${vendorLabel(name)} takes ${describeMoney(leastAmount(name, currency))}`);
  throw new Problem(
    422,
    'price_too_small',
    `${describeMoney(price)} cannot be paid: ${leasts.join(' and ')} at least in ${currency}. Set at least that, or 0 for a plan that costs nothing.`,
    { errors: [{ pointer: '/price/amount', detail: `is too little: ${leasts.join(' and ')} at least` }] },
  );
}
