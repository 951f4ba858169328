import { createHash } from 'node:crypto';
import type { GatewayCustomer } from '#activities/gateways/gateway.ts';
import type { StripeApi } from '../wire/client.ts';

/**
 * The Stripe customer of ours, made with its first page and looked for at later ones until it has paid.
 * The key holds a digest of name and address, so that a customer who corrects them within a day is not refused for a
 * key used with other details; the second Stripe customer that may bring is harmless, as methods know their own.
 */
export async function ensureCustomer(
  api: StripeApi,
  { env, customer }: { env: string; customer: GatewayCustomer },
): Promise<string> {
  if (customer.gatewayCustomerId) return customer.gatewayCustomerId;
  const { id, email, name } = customer;
  const find = () =>
    api.read(`look for customer ${id}`, async (stripe) => {
      for await (const each of stripe.customers.list({ email, limit: 100 })) {
        if (each.metadata.env === env && each.metadata.account_id === id) return each;
      }
      return null;
    });
  const there = customer.seenBefore ? await find() : null;
  if (there) return there.id;
  const digest = createHash('sha256').update(`${name}\n${email}`).digest('hex').slice(0, 16);
  const { id: created } = await api.write<{ id: string }>(`create customer ${id}`, {
    key: `cust:${env}:${id}:${digest}`,
    send: (stripe, options) => stripe.customers.create({ email, name, metadata: { env, account_id: id } }, options),
    find,
  });
  return created;
}
