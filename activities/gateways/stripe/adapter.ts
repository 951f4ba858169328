/**
 * Stripe as a gateway: only a rail for charging. Invoices, renewals and dunning are ours, so none of Stripe Billing is
 * used.
 * Every call looks before it repeats, so it converges even when Stripe has forgotten the key.
 */
import type { Gateway } from '../gateway.ts';
import { createCharges } from './payments/charge.ts';
import { checkStripe } from './check.ts';
import { createCheckouts } from './payments/checkout.ts';
import { createStripeApi, type StripeClientConfig } from './wire/client.ts';
import { isUnknown } from './wire/errors.ts';
import { createMethods } from './methods/methods.ts';
import { createSetUps } from './methods/set-up.ts';
import { EVENT_TYPES, toGatewayEvent } from './webhooks/events.ts';
import { INTENT_PARTS, toSettledPayment } from './payments/payment.ts';
import { createRefunds } from './payments/refund.ts';

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
    capturesApproved: false,
    ...createCheckouts(api, { now, methodTypes, descriptorSuffix }),
    ...createCharges(api, { now, descriptorSuffix }),
    ...createSetUps(api, { now, methodTypes }),
    ...createMethods(api),
    ...createRefunds(api),
    check: () => checkStripe(api),

    async find(gatewayPaymentId) {
      // An empty id would read the list, and a foreign one is not worth a request.
      if (!/^pi_\w+$/.test(gatewayPaymentId)) return null;
      const intent = await api.read(`read payment ${gatewayPaymentId}`, async (stripe) => {
        try {
          return await stripe.paymentIntents.retrieve(gatewayPaymentId, { expand: INTENT_PARTS });
        } catch (error) {
          if (isUnknown(error)) return null;
          throw error;
        }
      });
      return intent?.status === 'succeeded' ? toSettledPayment(intent) : null;
    },

    async *listEvents(since) {
      const created = { gte: Math.floor(since.getTime() / 1_000) };
      for (const types of EVENT_TYPES) {
        let after: string | undefined;
        do {
          const wanted = { types: [...types], created, limit: 100, ...(after && { starting_after: after }) };
          const page = await api.read('list its events', (stripe) => stripe.events.list(wanted));
          yield page.data.map(toGatewayEvent);
          after = page.has_more ? page.data.at(-1)?.id : undefined;
        } while (after);
      }
    },
  };
}
