import type { PaidThrough } from '#domain/vendors.ts';
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { BillingCycle } from '#domain/calendar/civil-dates.ts';
import { Plan, PlanPrice } from './catalog.ts';
import { Customer } from './people.ts';

/** What staff or the customer asked for beyond the plan, checked by the API. */
export interface OrderWishes {
  nodeId?: string;
  username?: string;
  /** Of an order that a transfer pays: by what the bank knows the transfer; identifies the payment, so it is used once. */
  paymentReference?: string;
}

export type OrderStatus = 'awaiting_payment' | 'provisioning' | 'active' | 'canceled' | 'refunded';

const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'order',
  properties: {
    id: p.uuid().primary(),
    reference: p.text(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    status: p.text().$type<OrderStatus>(),
    gateway: p.text().$type<PaidThrough>(),
    currency: p.text(),
    totalMinor: p.bigint('number'),
    checkoutUrl: p.text().nullable(),
    checkoutExpiresAt: p.datetime().nullable(),
    wishes: p.json<OrderWishes>(),
    placedAt: p.datetime(),
    paidAt: p.datetime().nullable(),
    activeAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    endedBecause: p.text().nullable(),
    /** Staff have a transfer for it; it is booked once no page at its gateway can be paid any more. */
    paymentRecordedAt: p.datetime().nullable(),
  },
});
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const OrderLineSchema = defineEntity({
  name: 'OrderLine',
  properties: {
    id: p.uuid().primary(),
    orderId: () => p.manyToOne(Order).mapToPk().joinColumn('order_id'),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id'),
    planPriceId: () => p.manyToOne(PlanPrice).mapToPk().joinColumn('plan_price_id'),
    cycle: p.text().$type<BillingCycle>(),
    description: p.text(),
    amountMinor: p.bigint('number'),
  },
});
export class OrderLine extends OrderLineSchema.class {}
OrderLineSchema.setClass(OrderLine);

export const orderEntities = [OrderSchema, OrderLineSchema];
