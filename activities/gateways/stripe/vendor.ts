import { gatewayFetch, type GatewayVendor } from '../gateway-vendor.ts';
import { createStripeGateway } from './adapter.ts';

export const stripe: GatewayVendor = {
  name: 'stripe',
  open(config, log, clock) {
    if (!config.STRIPE_SECRET_KEY) return undefined;
    const gateway = createStripeGateway({
      account: config.STRIPE_ACCOUNT,
      secretKey: config.STRIPE_SECRET_KEY,
      baseURL: config.STRIPE_API_BASE,
      fetch: gatewayFetch(config.STRIPE_API_BASE),
      now: clock,
      onCall: (call) => log.debug(call, 'stripe'),
    });
    return { gateway };
  },
};
