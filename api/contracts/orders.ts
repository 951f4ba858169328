import { isBankReference } from '#domain/money/payment-reference.ts';
import { GATEWAYS } from '#domain/vendors.ts';
import { z } from '@hono/zod-openapi';
import { isUsername, RESERVED_USERNAMES, USERNAME } from '#domain/services/username.ts';
import { Country, CustomerNumber, Id, IdempotencyKey, Instant, line, MoneyWire } from './common.ts';
import { Email } from './email.ts';
import { Currency, Cycle, PlanCode } from './catalog.ts';

/** For what must not happen twice however often it is sent: here the key is not left to the client's care. */
export const RequiredKey = z.object({ 'idempotency-key': IdempotencyKey.shape['idempotency-key'].unwrap() });

/** No price: it is the one on offer when the order is placed. */
export const PlaceOrder = z
  .strictObject({ plan: PlanCode, cycle: Cycle, currency: Currency, gateway: z.enum(GATEWAYS) })
  .meta({ id: 'PlaceOrder' });

/** IN-05; the same rule holds for names we make ourselves. */
export const Username = z
  .string()
  .refine(isUsername, 'is 3 to 16 lower-case letters and digits, a letter first, and not a reserved name')
  .meta({ example: 'adasite', pattern: USERNAME.source, not: { enum: [...RESERVED_USERNAMES] } });

const PaymentReference = line(100)
  .refine(
    (text) => text === '' || isBankReference(text),
    'is a reference as banks write it: Latin letters and digits, at least one',
  )
  .meta({
    description: 'By what the bank knows the transfer; each is used once, whatever its capitals, blanks and dashes',
  });

/** All that is due of an order came by bank transfer. */
export const RecordPayment = z.strictObject({ payment_reference: PaymentReference }).meta({ id: 'RecordPayment' });

/** A sale that staff vouch for: the money came by bank transfer. */
export const Provision = z
  .strictObject({
    customer: z.strictObject({
      email: Email,
      name: line(200),
      company: line(200).optional(),
      country: Country,
    }),
    plan: PlanCode,
    cycle: Cycle,
    currency: Currency,
    payment_reference: PaymentReference,
    node_id: Id.optional().meta({ description: 'The node to place it on, instead of the least used one' }),
    username: Username.optional(),
  })
  .meta({ id: 'Provision' });

export const OrderStatus = z.enum(['awaiting_payment', 'provisioning', 'active', 'canceled', 'refunded']);

const summary = {
  id: Id,
  reference: z.string().meta({ example: 'O-7K2M9-QXVB3' }),
  status: OrderStatus,
  gateway: z.enum([...GATEWAYS, 'recorded']),
  plan: z.strictObject({ code: z.string(), name: z.string() }),
  cycle: Cycle,
  total: MoneyWire,
  invoice_number: z.string().nullable(),
  placed_at: Instant,
  paid_at: Instant.nullable(),
  active_at: Instant.nullable(),
  ended_at: Instant.nullable(),
};

const Buyer = z.strictObject({
  id: Id,
  number: CustomerNumber,
  reference: z.string(),
  name: z.string(),
  email: z.string(),
});

export const OrderSummary = z
  .strictObject({ ...summary, customer: Buyer.optional().meta({ description: 'For staff' }) })
  .meta({ id: 'OrderSummary' });

export const OrderView = z
  .strictObject({
    ...summary,
    checkout_url: z.string().nullable().meta({ description: 'Where to pay, while the payment is awaited' }),
    checkout_expires_at: Instant.nullable(),
    story: z.strictObject({
      happened: z.array(z.strictObject({ at: Instant, kind: z.string(), text: z.string() })),
      next: z.strictObject({
        waiting_for: z.enum(['customer', 'us', 'nobody']),
        text: z.string(),
        taking_longer: z.boolean(),
      }),
      final: z.boolean(),
    }),
    service: z
      .strictObject({
        id: Id,
        reference: z.string(),
        status: z.string(),
        username: z.string().nullable(),
        node: z.string().nullable(),
        panel_url: z
          .string()
          .nullable()
          .meta({ description: 'Where the customer signs in, once the account is ready' }),
        paid_through: z.iso
          .date()
          .nullable()
          .meta({ description: 'The first day that is not paid; null where it is paid once and for all' }),
      })
      .nullable(),
    license: z
      .strictObject({ id: Id, key_hint: z.string(), status: z.string(), expires_at: Instant.nullable() })
      .nullable(),
    staff: z
      .strictObject({
        customer: Buyer,
        workflow_id: z.string(),
        workflow_url: z.string().nullable().meta({ description: 'In the Temporal UI' }),
        ended_because: z.string().nullable(),
        may_record_payment: z.boolean().meta({ description: 'It waits for a payment that staff may record' }),
        wishes: z.strictObject({
          node_id: Id.optional(),
          username: z.string().optional(),
          payment_reference: z.string().optional(),
        }),
        incidents: z.array(
          z.strictObject({ id: Id, title: z.string(), step: z.string(), reason: z.string(), opened_at: Instant }),
        ),
      })
      .optional()
      .meta({ description: 'For staff' }),
  })
  .meta({ id: 'Order' });
export type OrderView = z.infer<typeof OrderView>;

export const OrderList = z
  .strictObject({
    orders: z.array(OrderSummary),
    next: Id.nullable().meta({ description: '`after` of the next page' }),
  })
  .meta({ id: 'OrderList' });

/** Page of a list, newest first. */
export const Page = {
  after: Id.optional().meta({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(100).default(25),
};
export const FindOrders = z.strictObject({
  ...Page,
  status: OrderStatus.optional(),
  q: line(100)
    .optional()
    .meta({ description: 'Staff: start of a reference, an invoice number, or part of an e-mail address' }),
});
