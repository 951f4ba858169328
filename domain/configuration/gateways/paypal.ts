import { z } from 'zod';
import { both, parseJson, slug, web, type Variable } from '../variable.ts';

/** Whose certificates vouch for the webhooks of a simulated PayPal. */
const simulatorTrust = z.string().transform((text, context) => {
  const trust = parseJson(text, z.strictObject({ hosts: z.array(z.url()).min(1), roots: z.array(z.string()).min(1) }));
  if (trust) return trust;
  context.addIssue({
    code: 'custom',
    message: 'is not {"hosts":["http://…"],"roots":["-----BEGIN CERTIFICATE-----…"]}',
  });
  return z.NEVER;
});

/** PayPal is switched on by its keys. */
export const PAYPAL_VARIABLES = {
  PAYPAL_CLIENT_ID: { readers: ['worker'], schema: z.string().optional(), says: 'switches PayPal on' },
  PAYPAL_CLIENT_SECRET: {
    readers: ['worker'],
    secret: true,
    schema: z.string().optional(),
    says: 'secret of the PayPal app',
  },
  PAYPAL_WEBHOOK_ID: { readers: both, schema: z.string().optional(), says: 'id of our webhook at PayPal' },
  PAYPAL_ENVIRONMENT: {
    readers: both,
    sandboxOnly: 'simulator',
    schema: z.enum(['live', 'sandbox', 'simulator']).default('sandbox'),
    says: 'which PayPal',
  },
  PAYPAL_API_BASE: {
    readers: ['worker'],
    sandboxOnly: true,
    schema: web.optional(),
    says: 'simulator address; refused in production',
  },
  PAYPAL_TRUST: {
    readers: both,
    sandboxOnly: true,
    schema: simulatorTrust.optional(),
    says: 'simulator certificate trust, `{"hosts":[…],"roots":[PEM…]}`; refused in production',
  },
  PAYPAL_ACCOUNT: {
    readers: both,
    schema: slug.default('main'),
    says: 'slug of the PayPal account; part of its webhook address',
  },
} as const satisfies Record<string, Variable>;

interface PaypalSettings {
  PAYPAL_WEBHOOK_ID: string | undefined;
  PAYPAL_ENVIRONMENT: 'live' | 'sandbox' | 'simulator';
}

export const paypalConfiguration = {
  isVerified: ({ PAYPAL_WEBHOOK_ID }: Pick<PaypalSettings, 'PAYPAL_WEBHOOK_ID'>) => Boolean(PAYPAL_WEBHOOK_ID),
  isLive: ({ PAYPAL_ENVIRONMENT }: Pick<PaypalSettings, 'PAYPAL_ENVIRONMENT'>) => PAYPAL_ENVIRONMENT === 'live',
};
