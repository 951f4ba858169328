import { defineEntity, p } from '@mikro-orm/postgresql';
import type { GatewayMode } from '#domain/money/gateway-mode.ts';
import type { GatewayName } from '#domain/vendors.ts';
import { Customer } from './people.ts';
import { Order } from './orders.ts';
import { Subscription } from './subscriptions.ts';

/** Who sells or buys, as it stood at issue. */
export interface Party {
  name: string;
  company?: string;
  email: string;
  country: string;
}

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';

const InvoiceSchema = defineEntity({
  name: 'Invoice',
  properties: {
    id: p.uuid().primary(),
    number: p.text().nullable(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    orderId: () => p.manyToOne(Order).mapToPk().joinColumn('order_id').nullable(),
    subscriptionId: () => p.manyToOne(Subscription).mapToPk().joinColumn('subscription_id').nullable(),
    kind: p.text().$type<'initial' | 'renewal' | 'plan_change'>(),
    status: p.text().$type<InvoiceStatus>(),
    currency: p.text(),
    /** Minor units of `currency`. bigint, since `integer` ends at 21 million euros. */
    totalMinor: p.bigint('number'),
    paidMinor: p.bigint('number'),
    creditedMinor: p.bigint('number'),
    dueMinor: p.bigint('number').persist(false),
    periodStart: p.date().nullable(),
    periodEnd: p.date().nullable(),
    issuedOn: p.date().nullable(),
    dueOn: p.date().nullable(),
    policyVersion: p.integer(),
    seller: p.json<Party>(),
    buyer: p.json<Party>(),
    createdAt: p.datetime(),
    paidAt: p.datetime().nullable(),
    voidedAt: p.datetime().nullable(),
  },
});
export class Invoice extends InvoiceSchema.class {}
InvoiceSchema.setClass(Invoice);

const InvoiceLineSchema = defineEntity({
  name: 'InvoiceLine',
  properties: {
    id: p.uuid().primary(),
    invoiceId: () => p.manyToOne(Invoice).mapToPk().joinColumn('invoice_id'),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    position: p.integer(),
    description: p.text(),
    amountMinor: p.bigint('number'),
  },
});
export class InvoiceLine extends InvoiceLineSchema.class {}
InvoiceLineSchema.setClass(InvoiceLine);

const CreditNoteSchema = defineEntity({
  name: 'CreditNote',
  properties: {
    id: p.uuid().primary(),
    number: p.text(),
    invoiceId: () => p.manyToOne(Invoice).mapToPk().joinColumn('invoice_id'),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    currency: p.text(),
    totalMinor: p.bigint('number'),
    reason: p.text(),
    issuedOn: p.date(),
    createdAt: p.datetime(),
  },
});
export class CreditNote extends CreditNoteSchema.class {}
CreditNoteSchema.setClass(CreditNote);

const PaymentMethodSchema = defineEntity({
  name: 'PaymentMethod',
  properties: {
    id: p.uuid().primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    gateway: p.text(),
    account: p.text(),
    gatewayCustomerId: p.text(),
    methodId: p.text(),
    kind: p.text(),
    brand: p.text().nullable(),
    last4: p.text().nullable(),
    expMonth: p.integer().nullable(),
    expYear: p.integer().nullable(),
    isDefault: p.boolean(),
    createdAt: p.datetime(),
  },
});
export class PaymentMethod extends PaymentMethodSchema.class {}
PaymentMethodSchema.setClass(PaymentMethod);

export type AttemptStatus =
  | 'created'
  | 'submitting'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'unknown';

const PaymentAttemptSchema = defineEntity({
  name: 'PaymentAttempt',
  properties: {
    id: p.uuid().primary(),
    invoiceId: () => p.manyToOne(Invoice).mapToPk().joinColumn('invoice_id'),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    orderId: () => p.manyToOne(Order).mapToPk().joinColumn('order_id').nullable(),
    gateway: p.text(),
    account: p.text(),
    number: p.integer(),
    kind: p.text().$type<'hosted' | 'saved_method' | 'recorded'>(),
    /** The gateway's idempotency key: `<env>:<kind>:<invoice>:<number>`. */
    key: p.text(),
    amountMinor: p.bigint('number'),
    currency: p.text(),
    status: p.text().$type<AttemptStatus>(),
    checkoutId: p.text().nullable(),
    checkoutUrl: p.text().nullable(),
    checkoutExpiresAt: p.datetime().nullable(),
    gatewayPaymentId: p.text().nullable(),
    gatewayRequestId: p.text().nullable(),
    declineClass: p.text().nullable(),
    declineCode: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
export class PaymentAttempt extends PaymentAttemptSchema.class {}
PaymentAttemptSchema.setClass(PaymentAttempt);

const PaymentSchema = defineEntity({
  name: 'Payment',
  properties: {
    id: p.uuid().primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id').nullable(),
    invoiceId: () => p.manyToOne(Invoice).mapToPk().joinColumn('invoice_id').nullable(),
    attemptId: () => p.manyToOne(PaymentAttempt).mapToPk().joinColumn('attempt_id').nullable(),
    gateway: p.text(),
    account: p.text(),
    gatewayPaymentId: p.text(),
    amountMinor: p.bigint('number'),
    /** What of it paid the invoice; the rest is credit. */
    allocatedMinor: p.bigint('number'),
    refundedMinor: p.bigint('number'),
    currency: p.text(),
    paidAt: p.datetime(),
    bookedAt: p.datetime(),
  },
});
export class Payment extends PaymentSchema.class {}
PaymentSchema.setClass(Payment);

const RefundSchema = defineEntity({
  name: 'Refund',
  properties: {
    id: p.uuid().primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id').nullable(),
    paymentId: () => p.manyToOne(Payment).mapToPk().joinColumn('payment_id'),
    creditNoteId: () => p.manyToOne(CreditNote).mapToPk().joinColumn('credit_note_id').nullable(),
    key: p.text(),
    amountMinor: p.bigint('number'),
    currency: p.text(),
    reason: p.text(),
    status: p.text().$type<'requested' | 'pending' | 'succeeded' | 'failed' | 'canceled'>(),
    gatewayRefundId: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
export class Refund extends RefundSchema.class {}
RefundSchema.setClass(Refund);

const GatewayHealthSchema = defineEntity({
  name: 'GatewayHealth',
  properties: {
    gateway: p.text().$type<GatewayName>().primary(),
    account: p.text(),
    health: p.text().$type<'healthy' | 'failing'>().nullable(),
    mode: p.text().$type<GatewayMode>().nullable(),
    /** Where the gateway sends its events to, as it says itself. */
    webhookUrl: p.text().nullable(),
    /** What the last check tried, in order. */
    steps: p.json<{ name: string; ok: boolean; message: string }[]>(),
    checkedAt: p.datetime(),
  },
});
export class GatewayHealth extends GatewayHealthSchema.class {}
GatewayHealthSchema.setClass(GatewayHealth);

export const moneyEntities = [
  InvoiceSchema,
  InvoiceLineSchema,
  CreditNoteSchema,
  PaymentMethodSchema,
  PaymentAttemptSchema,
  PaymentSchema,
  RefundSchema,
  GatewayHealthSchema,
];
