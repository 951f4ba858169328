import type { ApiConfiguration } from '#domain/configuration/configuration.ts';

export type OfferedGateway = 'stripe' | 'paypal';

/** A gateway whose events we cannot verify would take money that nobody hears of, so it is not offered. */
export function gatewaysOn({
  STRIPE_WEBHOOK_SECRET,
  PAYPAL_WEBHOOK_ID,
}: Pick<ApiConfiguration, 'STRIPE_WEBHOOK_SECRET' | 'PAYPAL_WEBHOOK_ID'>): OfferedGateway[] {
  return [...(STRIPE_WEBHOOK_SECRET ? ['stripe' as const] : []), ...(PAYPAL_WEBHOOK_ID ? ['paypal' as const] : [])];
}
