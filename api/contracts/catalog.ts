import { BILLING_CYCLES } from '#domain/calendar/civil-dates.ts';
import { CURRENCIES } from '#domain/money/currencies.ts';
import { WHEN_FULL } from '#domain/services/placement.ts';
import { GATEWAYS, PANELS } from '#domain/vendors.ts';
import { z } from '@hono/zod-openapi';
import { Id, line, MoneyWire, text } from './common.ts';

export const Cycle = z.enum(BILLING_CYCLES).meta({
  id: 'Cycle',
  example: 'monthly',
  description: 'For what a price pays: a period that is renewed, or with `one_time` everything, once and for all',
});
export const PLAN_CODE = /^[a-z][a-z0-9-]{1,40}$/;
export const PlanCode = z
  .string()
  .regex(PLAN_CODE, 'is lower-case letters, digits and dashes, a letter first')
  .meta({ example: 'starter' });
export const Currency = z
  .enum(CURRENCIES as [string, ...string[]], `is three capitals of ISO 4217, one of ${CURRENCIES.join(', ')}`)
  .meta({ id: 'Currency', example: 'EUR' });

const FEATURE = /^[a-z][a-z_]{1,40}$/;
/** What a license allows by feature: how many, -1 for as many as the node bears. */
export const Quotas = z
  .record(z.string().regex(FEATURE), z.int().min(-1).max(1_000_000))
  .refine((quotas) => Object.keys(quotas).length <= 50, 'has at most 50 features')
  .meta({
    example: { create_account: 1, create_domain: 3 },
    propertyNames: { pattern: FEATURE.source },
    maxProperties: 50,
  });

export const PriceView = z
  .strictObject({
    cycle: Cycle,
    price: MoneyWire,
    gateways: z
      .array(z.enum(GATEWAYS))
      .meta({ description: 'The ways to pay that are switched on and take so little, in the order to offer them' }),
  })
  .meta({ id: 'Price', description: 'For one cycle, tax included' });

const WhenFull = z.enum(WHEN_FULL).meta({
  description:
    'What becomes of an order while no node can take the plan: `wait` accepts it, and it waits, paid, until one can; `refuse` shows the plan as sold out and takes no order',
});

const planFields = {
  id: Id,
  code: PlanCode,
  name: z.string(),
  description: z.string(),
  quotas: Quotas,
  prices: z.array(PriceView),
  sold_out: z
    .boolean()
    .meta({ description: 'It cannot be ordered now: no node can take it, and it does not wait for one' }),
};
export const PlanView = z.strictObject(planFields).meta({ id: 'Plan' });
export const PlanList = z.strictObject({ plans: z.array(PlanView) }).meta({ id: 'PlanList' });

/** With what only staff see: plans off offer, and where each can be placed. */
export const CatalogPlan = z
  .strictObject({
    ...planFields,
    panel: z.enum(PANELS),
    active: z.boolean(),
    sort_order: z.int(),
    when_full: WhenFull,
    takes_orders: z
      .boolean()
      .meta({ description: 'A node can take it now; if not, GET /api/v2/nodes says of each why' }),
    packages: z.array(z.strictObject({ node_id: Id, package_id: z.string() })),
  })
  .meta({ id: 'CatalogPlan' });
export const Catalog = z.strictObject({ plans: z.array(CatalogPlan) }).meta({ id: 'Catalog' });

const SortOrder = z.int().min(-1000).max(1000);
export const CreatePlan = z
  .strictObject({
    code: PlanCode,
    name: line(100),
    description: text(2000).default(''),
    sort_order: SortOrder.default(0),
    when_full: WhenFull.default('wait'),
    quotas: Quotas,
  })
  .meta({ id: 'CreatePlan' });
export const ChangePlan = z
  .strictObject({
    name: line(100).optional(),
    description: text(2000).optional(),
    sort_order: SortOrder.optional(),
    active: z.boolean().optional(),
    when_full: WhenFull.optional(),
  })
  .meta({ id: 'ChangePlan' });
export const SetQuotas = z.strictObject({ quotas: Quotas }).meta({ id: 'SetQuotas' });
/** An amount that is owed: no sign, no fraction, no exponent. */
export const SetPrice = z
  .strictObject({
    cycle: Cycle,
    price: z.strictObject({ amount: z.string().regex(/^\d{1,12}$/, 'is whole minor units'), currency: Currency }),
  })
  .meta({ id: 'SetPrice' });
/** The panel's own id of the package; an installation numbers its own. */
export const PackageId = line(100).meta({ example: '3' });
export const SetPackage = z.strictObject({ package_id: PackageId }).meta({ id: 'SetPackage' });
