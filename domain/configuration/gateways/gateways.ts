import { GATEWAYS, type GatewayName } from '#domain/vendors.ts';
import type { ApiConfiguration, WorkerConfiguration } from '../configuration.ts';
import { paypalConfiguration } from './paypal.ts';
import { stripeConfiguration } from './stripe.ts';

/** What neutral code asks of a gateway's variables, whichever they are. */
export const GATEWAY_CONFIGURATION: Record<
  GatewayName,
  {
    /** Its webhooks can be verified by the API. */
    isVerified(config: ApiConfiguration): boolean;
    /** It takes live money; events of the other kind are recorded, never applied. */
    isLive(config: ApiConfiguration | WorkerConfiguration): boolean;
  }
> = { stripe: stripeConfiguration, paypal: paypalConfiguration };

/** A gateway whose events we cannot verify would take money that nobody hears of, so it is not offered. */
export const offeredGateways = (config: ApiConfiguration): GatewayName[] =>
  GATEWAYS.filter((name) => GATEWAY_CONFIGURATION[name].isVerified(config));
