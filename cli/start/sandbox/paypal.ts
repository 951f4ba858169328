import { address, hex, prefixed, type SandboxVendor } from './sandbox-vendor.ts';

export const paypal: SandboxVendor<'paypalClientId' | 'paypalClientSecret' | 'paypalWebhookId'> = {
  switch: 'PAYPAL_CLIENT_ID',
  own: 'PayPal; `PAYPAL_CLIENT_SECRET`, `PAYPAL_WEBHOOK_ID` and `PAYPAL_ENVIRONMENT` belong to it',
  reads: ['SIMULATOR_WEBHOOK_URL', 'PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET', 'PAYPAL_WEBHOOK_ID'],
  secrets: { paypalClientId: prefixed('A', 32), paypalClientSecret: prefixed('E', 32), paypalWebhookId: hex(9) },
  unlessSet: { PAYPAL_CLIENT_ID: ({ secrets }) => secrets.paypalClientId },
  simulated: {
    PAYPAL_CLIENT_SECRET: ({ secrets }) => secrets.paypalClientSecret,
    PAYPAL_WEBHOOK_ID: ({ secrets }) => secrets.paypalWebhookId,
    PAYPAL_ENVIRONMENT: () => 'simulator',
    PAYPAL_API_BASE: ({ ports }) => address(ports.paypal),
    // Whose signatures are to be believed, the simulator says only when it runs.
    PAYPAL_TRUST: ({ trust }) => trust,
  },
};
