import { z } from 'zod';
import { LIVE_TRUST, SANDBOX_TRUST, type CertificateTrust } from '#activities/gateways/paypal/webhooks/webhook.ts';
import type { ApiConfiguration } from '#domain/configuration/configuration.ts';

const SimulatorTrust = z.strictObject({ hosts: z.array(z.url()).min(1), roots: z.array(z.string()).min(1) });

/**
 * Whose certificates vouch for PayPal's webhooks: PayPal's own hosts and the public roots, or in the sandbox the
 * simulator's.
 * @throws Error at start, when a simulator would be trusted in production or its trust is not set
 */
export function paypalTrust({
  NODE_ENV,
  PAYPAL_ENVIRONMENT,
  PAYPAL_TRUST,
}: Pick<ApiConfiguration, 'NODE_ENV' | 'PAYPAL_ENVIRONMENT' | 'PAYPAL_TRUST'>): CertificateTrust {
  if (PAYPAL_ENVIRONMENT === 'live') return LIVE_TRUST;
  if (PAYPAL_ENVIRONMENT === 'sandbox') return SANDBOX_TRUST;
  if (NODE_ENV === 'production') {
    throw new Error(
      'PAYPAL_ENVIRONMENT is "simulator", which production does not trust. Set it to "live" or "sandbox".',
    );
  }
  try {
    return SimulatorTrust.parse(JSON.parse(PAYPAL_TRUST ?? ''));
  } catch {
    throw new Error('PAYPAL_TRUST is not {"hosts":["http://…"],"roots":["-----BEGIN CERTIFICATE-----…"]}.');
  }
}
