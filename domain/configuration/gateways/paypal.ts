import { z } from 'zod';
import { both, slug, web, type Variable } from '../variable.ts';

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
    schema: z.enum(['live', 'sandbox', 'simulator']).default('sandbox'),
    says: 'which PayPal',
  },
  PAYPAL_API_BASE: {
    readers: ['worker'],
    schema: web.optional(),
    says: 'simulator address; refused in production',
  },
  PAYPAL_TRUST: {
    readers: both,
    schema: z.string().optional(),
    says: 'simulator certificate trust, `{"hosts":[…],"roots":[PEM…]}`; refused in production',
  },
  PAYPAL_ACCOUNT: {
    readers: both,
    schema: slug.default('main'),
    says: 'slug of the PayPal account; part of its webhook address',
  },
} as const satisfies Record<string, Variable>;
