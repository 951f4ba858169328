/**
 * What we rely on in PayPal's answers; it may add other fields. Read from the raw body, because the SDK's
 * models drop what they do not know and refuse whole answers for details we do not use.
 * Source: Orders v2, Payments v2, Vault v3, Webhooks v1.
 */
import { z } from 'zod';
import type { Money } from '#domain/money/money.ts';
import { fromPaypal } from './amounts.ts';

const Amount = z.object({ currency_code: z.string(), value: z.string() }).transform((wire, context): Money => {
  try {
    return fromPaypal(wire);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const Instant = z.string().transform((text, context): Date => {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  context.addIssue({ code: 'custom', message: `"${text}" is not an instant` });
  return z.NEVER;
});

/** A link may come without its address; then it is no use, but no reason to doubt the rest. */
const Links = z.array(z.object({ rel: z.string().optional(), href: z.string().optional() })).default([]);

export const Capture = z.object({
  id: z.string(),
  status: z.string(),
  status_details: z.object({ reason: z.string().optional() }).optional(),
  amount: Amount,
  invoice_id: z.string().optional(),
  custom_id: z.string().optional(),
  create_time: Instant,
  supplementary_data: z.object({ related_ids: z.object({ order_id: z.string().optional() }).optional() }).optional(),
});
export type Capture = z.output<typeof Capture>;

export const Refund = z.object({
  id: z.string(),
  status: z.string(),
  status_details: z.object({ reason: z.string().optional() }).optional(),
  custom_id: z.string().optional(),
  invoice_id: z.string().optional(),
});
export type Refund = z.output<typeof Refund>;

const Wallet = z.object({
  attributes: z
    .object({
      vault: z
        .object({
          id: z.string().optional(),
          status: z.string().optional(),
          customer: z.object({ id: z.string().optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
});

export const Order = z.object({
  id: z.string(),
  status: z.string(),
  create_time: Instant.optional(),
  links: Links,
  purchase_units: z
    .array(
      z.object({
        custom_id: z.string().optional(),
        invoice_id: z.string().optional(),
        payments: z.object({ captures: z.array(Capture).default([]), refunds: z.array(Refund).default([]) }).optional(),
      }),
    )
    .default([]),
  payment_source: z.object({ paypal: Wallet.optional() }).optional(),
});
export type Order = z.output<typeof Order>;

/** What is charged, and whose it is: as PayPal writes its ids. */
const VaultId = z.string().regex(/^[\w-]{1,36}$/);
const word = z.string().max(254).optional().catch(undefined);
/** The payer of a wallet, as the vault shows it. */
const VaultSource = z
  .object({ paypal: z.object({ email_address: word, payer_id: word }).optional() })
  .optional()
  .catch(undefined);
const VaultCustomer = z.object({ id: VaultId });

export const SetupToken = z.object({
  id: VaultId,
  status: z.string(),
  customer: VaultCustomer.optional(),
  payment_source: VaultSource,
  links: Links,
});
export type SetupToken = z.output<typeof SetupToken>;

export const PaymentToken = z.object({ id: VaultId, customer: VaultCustomer, payment_source: VaultSource });
export type PaymentToken = z.output<typeof PaymentToken>;

export const PaymentTokens = z.object({
  payment_tokens: z.array(PaymentToken.partial({ customer: true })).default([]),
});

export const Transactions = z.object({
  transaction_details: z
    .array(
      z.object({
        transaction_info: z
          .object({ transaction_id: z.string().optional(), invoice_id: z.string().optional() })
          .optional(),
      }),
    )
    .default([]),
  total_pages: z.number().default(1),
});

/** An event as delivered and as listed; the resource depends on its type. */
export const PaypalEvent = z.looseObject({
  id: z.string().min(1),
  event_type: z.string(),
  create_time: Instant,
  resource: z.looseObject({}).default({}),
});
export type PaypalEvent = z.output<typeof PaypalEvent>;

export const EventPage = z.object({ events: z.array(z.unknown()).default([]), links: Links });

export const Registration = z.object({
  id: z.string(),
  url: z.string(),
  event_types: z.array(z.object({ name: z.string() })).default([]),
});
