import { defineEntity, p } from '@mikro-orm/postgresql';
import type { BillingCycle } from '#domain/calendar/civil-dates.ts';
import { Plan, PlanPrice } from './catalog.ts';
import { Order } from './orders.ts';
import { Customer } from './people.ts';

const SubscriptionSchema = defineEntity({
  name: 'Subscription',
  properties: {
    id: p.uuid().primary(),
    reference: p.text(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    orderId: () => p.manyToOne(Order).mapToPk().joinColumn('order_id'),
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id'),
    planPriceId: () => p.manyToOne(PlanPrice).mapToPk().joinColumn('plan_price_id'),
    cycle: p.text().$type<BillingCycle>(),
    status: p.text().$type<'pending' | 'active' | 'canceled' | 'terminated'>(),
    anchorDay: p.integer(),
    billingZone: p.text(),
    /** Civil dates, `2026-11-21`. */
    periodStart: p.date(),
    /** The first day that is not paid; null of one that is paid once and for all. */
    paidThrough: p.date().nullable(),
    nextAction: p.text().nullable(),
    nextActionAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export class Subscription extends SubscriptionSchema.class {}
SubscriptionSchema.setClass(Subscription);

export const subscriptionEntities = [SubscriptionSchema];
