import type { SavedMethod } from '#activities/gateways/gateway.ts';
import type { PaypalClient } from '../wire/client.ts';
import { vaultedMethod } from '../payments/outcomes.ts';
import { listTokens } from './tokens.ts';
import type { Order } from '../wire/replies.ts';

/**
 * The wallet saved with a paid order. PayPal may store it later than it takes the money: then the customer's tokens are
 * looked at. The payment is good either way, so a look that fails leaves the method unknown until the next one.
 */
export async function savedMethod(client: PaypalClient, order: Order): Promise<SavedMethod | undefined> {
  const vaulted = vaultedMethod(order);
  if (vaulted) return vaulted;
  const customerId = order.payment_source?.paypal?.attributes?.vault?.customer?.id;
  if (!customerId) return undefined;
  const tokens = await listTokens(client, customerId).catch(() => []);
  const [only, ...others] = tokens;
  // Of several we could not tell which this payment saved.
  return only && others.length === 0 ? { methodId: only.id, gatewayCustomerId: customerId, kind: 'paypal' } : undefined;
}
