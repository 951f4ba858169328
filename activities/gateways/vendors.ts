import type { GatewayVendor } from './gateway-vendor.ts';
import { paypal } from './paypal/vendor.ts';
import { stripe } from './stripe/vendor.ts';

/** Every gateway there is; the worker opens those whose keys are set. */
export const GATEWAY_VENDORS: readonly GatewayVendor[] = [stripe, paypal];
