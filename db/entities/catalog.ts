import type { BillingCycle } from '#domain/calendar/civil-dates.ts';
import type { WhenFull } from '#domain/services/placement.ts';
import type { PanelName } from '#domain/vendors.ts';
import { defineEntity, p } from '@mikro-orm/postgresql';

const PlanSchema = defineEntity({
  name: 'Plan',
  properties: {
    id: p.uuid().primary(),
    /** What people and scripts call it: `starter`. */
    code: p.text(),
    name: p.text(),
    description: p.text(),
    panel: p.text().$type<PanelName>(),
    active: p.boolean(),
    sortOrder: p.integer(),
    whenFull: p.text().$type<WhenFull>(),
    createdAt: p.datetime(),
  },
});
export class Plan extends PlanSchema.class {}
PlanSchema.setClass(Plan);

const PlanPriceSchema = defineEntity({
  name: 'PlanPrice',
  properties: {
    id: p.uuid().primary(),
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id'),
    cycle: p.text().$type<BillingCycle>(),
    currency: p.text(),
    /** Minor units of `currency`, for one cycle, tax included. */
    amountMinor: p.bigint('number'),
    active: p.boolean(),
    createdAt: p.datetime(),
  },
});
export class PlanPrice extends PlanPriceSchema.class {}
PlanPriceSchema.setClass(PlanPrice);

const PlanQuotaSchema = defineEntity({
  name: 'PlanQuota',
  properties: {
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id').primary(),
    feature: p.text().primary(),
    /** How many; -1 is unlimited. */
    quota: p.integer(),
  },
});
export class PlanQuota extends PlanQuotaSchema.class {}
PlanQuotaSchema.setClass(PlanQuota);

export const catalogEntities = [PlanSchema, PlanPriceSchema, PlanQuotaSchema];
