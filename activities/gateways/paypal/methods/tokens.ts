/** Payment tokens: the wallets that PayPal's vault keeps for us. Source: Payment Method Tokens v3. */
import type { SavedMethod } from '#activities/gateways/gateway.ts';
import type { Answer, PaypalClient } from '../wire/client.ts';
import { PaymentToken, PaymentTokens } from '../wire/replies.ts';
import { z } from 'zod';

/** As PayPal writes them. Whatever else is asked for is no token, and an empty id would read the list. */
const TOKEN_ID = /^[\w-]{1,36}$/;

export const getToken = (client: PaypalClient, id: string): Promise<Answer<PaymentToken>> =>
  client.call({
    what: `show saved wallet ${id}`,
    changes: false,
    reply: PaymentToken.refine((token) => token.id === id, 'it is of another wallet'),
    run: ({ vault }) => vault.getPaymentToken(id),
  });

/** Those of a customer of PayPal's; none for one it does not know. */
export async function listTokens(client: PaypalClient, customerId: string) {
  const answer = await client.call({
    what: `list the saved methods of customer ${customerId}`,
    changes: false,
    reply: PaymentTokens,
    // PayPal pages at five unless told.
    run: ({ vault }) => vault.listCustomerPaymentTokens({ customerId, pageSize: 20 }),
  });
  return 'data' in answer ? answer.data.payment_tokens : [];
}

export const toSavedMethod = ({ id, customer, payment_source: source }: PaymentToken): SavedMethod => ({
  methodId: id,
  gatewayCustomerId: customer.id,
  kind: 'paypal',
  email: source?.paypal?.email_address,
});

export async function findMethod(client: PaypalClient, methodId: string): Promise<SavedMethod | null> {
  if (!TOKEN_ID.test(methodId)) return null;
  const answer = await getToken(client, methodId);
  if ('data' in answer) return toSavedMethod(answer.data);
  if (answer.refused.httpStatus === 404) return null;
  throw client.refusal(`show saved wallet ${methodId}`, answer.refused);
}

/** PayPal publishes no answer to a second removal, so a refusal is looked into. */
export async function removeMethod(client: PaypalClient, methodId: string): Promise<void> {
  if (!TOKEN_ID.test(methodId)) return;
  const what = `remove saved wallet ${methodId}`;
  const answer = await client.call({
    what,
    changes: true,
    reply: z.unknown(),
    run: async ({ vault }) => {
      const removed = await vault.deletePaymentToken(methodId);
      if (removed.statusCode === 204) return removed;
      // Some other success is none of PayPal's.
      throw Object.assign(new Error('not removed'), removed, { body: String(removed.body) });
    },
  });
  if ('refused' in answer && (await findMethod(client, methodId))) throw client.refusal(what, answer.refused);
}
