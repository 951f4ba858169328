/**
 * Stripe as a gateway: only a rail for charging. Invoices, renewals and dunning are ours, so none of Stripe Billing is
 * used.
 * Every call looks before it repeats, so it converges even when Stripe has forgotten the key.
 */
import type { Gateway } from '../gateway.ts';
import { createCharge } from './charge.ts';
import { checkStripe } from './check.ts';
import { createCheckouts } from './checkout.ts';
import { createStripeApi, type StripeClientConfig } from './client.ts';
import { isStripeFailure } from './errors.ts';
import { EVENT_TYPES, toGatewayEvent } from './events.ts';
import { INTENT_PARTS, toSettledPayment } from './payment.ts';
import { createRefund } from './refund.ts';

export interface StripeConfig extends StripeClientConfig {
  /** The clock that `expiresAt` of requests is measured with; the machine's unless told. */
  now?: (() => Date) | undefined;
  /** Filter on the methods the account offers, on the hosted page. Only such as can be charged again. */
  methodTypes?: string[] | undefined;
  /** Added to the account's descriptor on card statements. */
  descriptorSuffix?: string | undefined;
}

export function createStripeGateway(config: StripeConfig): Gateway {
  const { now = () => new Date(), methodTypes = ['card', 'link', 'sepa_debit'], descriptorSuffix } = config;
  const api = createStripeApi(config);
  return {
    name: 'stripe',
    account: config.account,
    ...createCheckouts(api, { now, methodTypes, descriptorSuffix }),
    charge: createCharge(api, { now, descriptorSuffix }),
    refund: createRefund(api),
    check: () => checkStripe(api),

    async find(gatewayPaymentId) {
      // An empty id would read the list, and a foreign one is not worth a request.
      if (!/^pi_\w+$/.test(gatewayPaymentId)) return null;
      const intent = await api.read(`read payment ${gatewayPaymentId}`, async (stripe) => {
        try {
          return await stripe.paymentIntents.retrieve(gatewayPaymentId, { expand: INTENT_PARTS });
        } catch (error) {
          if (isStripeFailure(error) && error.statusCode === 404 && error.code === 'resource_missing') return null;
          throw error;
        }
      });
      return intent?.status === 'succeeded' ? toSettledPayment(intent) : null;
    },

    async listEvents(since) {
      const gte = Math.floor(since.getTime() / 1_000);
      const lists = EVENT_TYPES.map((types) =>
        api.read('list its events', async (stripe) => {
          const newestFirst = [];
          for await (const event of stripe.events.list({ types: [...types], created: { gte }, limit: 100 })) {
            newestFirst.push(toGatewayEvent(event));
          }
          return newestFirst.reverse();
        }),
      );
      const events = (await Promise.all(lists)).flat();
      return events.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    },
  };
}
