/** Reads what a PaymentMethod says. Pure. */
import type Stripe from 'stripe';
import { z } from 'zod';
import type { SavedMethod } from '#activities/gateways/gateway.ts';

const word = z.string().min(1).max(64).optional().catch(undefined);
const number = z.int().positive().max(9_999).optional().catch(undefined);
const CustomerId = z.string().regex(/^cus_\w{1,64}$/);

/** Ids are what is charged, so they are as Stripe writes them; of the rest only what can be read is told. */
const Method = z.object({
  id: z.string().regex(/^pm_\w{1,64}$/),
  type: z.string().regex(/^\w{1,40}$/),
  customer: z.union([CustomerId, z.object({ id: CustomerId }).transform(({ id }) => id)]),
  card: z
    .object({ brand: word, last4: word, exp_month: number, exp_year: number, fingerprint: word })
    .optional()
    .catch(undefined),
  sepa_debit: z.object({ last4: word, fingerprint: word }).optional().catch(undefined),
  link: z
    .object({ email: z.string().max(254).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/**
 * Only a method attached to a customer can be charged again.
 * @param method  expanded; an id alone says nothing
 */
export function toSavedMethod(method: string | Stripe.PaymentMethod | null | undefined): SavedMethod | undefined {
  const read = Method.safeParse(method);
  if (!read.success) return undefined;
  const { id: methodId, type: kind, customer: gatewayCustomerId, card, sepa_debit: debit, link } = read.data;
  const saved = { methodId, gatewayCustomerId, kind };
  if (card) {
    const { brand, last4, exp_month: expMonth, exp_year: expYear, fingerprint } = card;
    return { ...saved, brand, last4, expMonth, expYear, fingerprint };
  }
  if (debit) return { ...saved, ...debit };
  return link?.email ? { ...saved, email: link.email } : saved;
}

/** Nobody's any more: it was detached, or went with its customer. */
export const isDetached = (method: string | Stripe.PaymentMethod | null): boolean =>
  typeof method === 'object' && method !== null && method.customer === null;
