import { defineEntity, p } from '@mikro-orm/postgresql';
import { Customer } from './people.ts';
import { Node, Plan, PlanPrice, type Cycle } from './catalog.ts';

/** What staff or the customer asked for beyond the plan, checked by the API. */
export interface OrderWishes {
  nodeId?: string;
  username?: string;
  /** Of a recorded order: by what the bank knows the transfer; identifies the payment, so it is used once. */
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
    gateway: p.text().$type<'stripe' | 'paypal' | 'recorded'>(),
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
    cycle: p.text().$type<Cycle>(),
    description: p.text(),
    amountMinor: p.bigint('number'),
  },
});
export class OrderLine extends OrderLineSchema.class {}
OrderLineSchema.setClass(OrderLine);

const SubscriptionSchema = defineEntity({
  name: 'Subscription',
  properties: {
    id: p.uuid().primary(),
    reference: p.text(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    orderId: () => p.manyToOne(Order).mapToPk().joinColumn('order_id'),
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id'),
    planPriceId: () => p.manyToOne(PlanPrice).mapToPk().joinColumn('plan_price_id'),
    cycle: p.text().$type<Cycle>(),
    status: p.text().$type<'pending' | 'active' | 'canceled' | 'terminated'>(),
    anchorDay: p.integer(),
    billingZone: p.text(),
    /** Civil dates, `2026-11-21`. */
    periodStart: p.date(),
    paidThrough: p.date(),
    nextAction: p.text().nullable(),
    nextActionAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export class Subscription extends SubscriptionSchema.class {}
SubscriptionSchema.setClass(Subscription);

const ServiceSchema = defineEntity({
  name: 'Service',
  properties: {
    id: p.uuid().primary(),
    reference: p.text(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    subscriptionId: () => p.manyToOne(Subscription).mapToPk().joinColumn('subscription_id'),
    nodeId: () => p.manyToOne(Node).mapToPk().joinColumn('node_id').nullable(),
    holdsSlot: p.boolean(),
    username: p.text().nullable(),
    externalId: p.text().nullable(),
    madeByUs: p.boolean(),
    status: p.text().$type<'pending' | 'provisioning' | 'active' | 'suspended' | 'canceled' | 'terminated'>(),
    createdAt: p.datetime(),
    activeAt: p.datetime().nullable(),
  },
});
export class Service extends ServiceSchema.class {}
ServiceSchema.setClass(Service);

const ServiceSecretSchema = defineEntity({
  name: 'ServiceSecret',
  properties: {
    id: p.uuid().primary(),
    serviceId: () => p.manyToOne(Service).mapToPk().joinColumn('service_id'),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    purpose: p.text().$type<'initial_password' | 'new_password'>(),
    sealed: p.blob(),
    createdAt: p.datetime(),
  },
});
export class ServiceSecret extends ServiceSecretSchema.class {}
ServiceSecretSchema.setClass(ServiceSecret);

const LicenseSchema = defineEntity({
  name: 'License',
  properties: {
    id: p.uuid().primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    serviceId: () => p.manyToOne(Service).mapToPk().joinColumn('service_id'),
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id'),
    /** HMAC-SHA-256 of the normalised key; the pepper is not in the database. */
    keyHash: p.blob(),
    keySealed: p.blob(),
    /** First five and last four symbols. */
    keyHint: p.text(),
    status: p.text().$type<'active' | 'suspended' | 'expired' | 'cancelled'>(),
    nodeId: () => p.manyToOne(Node).mapToPk().joinColumn('node_id').nullable(),
    inGrace: p.boolean(),
    unnamedFeatures: p.text().$type<'deny' | 'allow'>(),
    issuedAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
  },
});
export class License extends LicenseSchema.class {}
LicenseSchema.setClass(License);

const LicenseQuotaSchema = defineEntity({
  name: 'LicenseQuota',
  properties: {
    licenseId: () => p.manyToOne(License).mapToPk().joinColumn('license_id').primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    feature: p.text().primary(),
    quota: p.integer(),
    gauge: p.integer(),
    held: p.integer(),
    version: p.bigint('number'),
  },
});
export class LicenseQuota extends LicenseQuotaSchema.class {}
LicenseQuotaSchema.setClass(LicenseQuota);

export const orderEntities = [
  OrderSchema,
  OrderLineSchema,
  SubscriptionSchema,
  ServiceSchema,
  ServiceSecretSchema,
  LicenseSchema,
  LicenseQuotaSchema,
];
