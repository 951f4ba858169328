import { gatewayFetch, type GatewayVendor } from '../gateway-vendor.ts';
import { createStripeGateway } from './adapter.ts';

export const stripe: GatewayVendor = {
  name: 'stripe',
  open(config, { log, clock, record }) {
    if (!config.STRIPE_SECRET_KEY) return undefined;
    const gateway = createStripeGateway({
      account: config.STRIPE_ACCOUNT,
      secretKey: config.STRIPE_SECRET_KEY,
      baseURL: config.STRIPE_API_BASE,
      fetch: gatewayFetch('stripe', config.STRIPE_API_BASE, record),
      now: clock,
      onCall: (call) => log.debug(call, 'stripe'),
    });
    return { gateway };
  },
};
