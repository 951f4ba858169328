import { address, prefixed, type SandboxVendor } from './sandbox-vendor.ts';

export const stripe: SandboxVendor<'stripeSecretKey' | 'stripeWebhookSecret'> = {
  switch: 'STRIPE_SECRET_KEY',
  own: 'Stripe; `STRIPE_WEBHOOK_SECRET` belongs to it',
  reads: ['SIMULATOR_WEBHOOK_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
  secrets: { stripeSecretKey: prefixed('sk_test_', 32), stripeWebhookSecret: prefixed('whsec_', 32) },
  unlessSet: { STRIPE_SECRET_KEY: ({ secrets }) => secrets.stripeSecretKey },
  simulated: {
    STRIPE_WEBHOOK_SECRET: ({ secrets }) => secrets.stripeWebhookSecret,
    STRIPE_API_BASE: ({ ports }) => address(ports.stripe),
  },
};
