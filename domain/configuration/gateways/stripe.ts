import { z } from 'zod';
import { both, slug, web, type Variable } from '../variable.ts';

/** Stripe is switched on by its keys. */
export const STRIPE_VARIABLES = {
  STRIPE_SECRET_KEY: { readers: ['worker'], secret: true, schema: z.string().optional(), says: 'switches Stripe on' },
  STRIPE_WEBHOOK_SECRET: {
    readers: ['api'],
    secret: true,
    schema: z.string().optional(),
    says: 'signing secret of the Stripe webhook endpoint',
  },
  STRIPE_WEBHOOK_SECRET_PREVIOUS: {
    readers: ['api'],
    secret: true,
    schema: z.string().optional(),
    says: 'the secret before, for the 24 h of a roll',
  },
  STRIPE_API_BASE: {
    readers: ['worker'],
    sandboxOnly: true,
    schema: web.optional(),
    says: 'simulator address; refused in production',
  },
  STRIPE_ENVIRONMENT: {
    readers: both,
    schema: z.enum(['live', 'test']).default('test'),
    says: 'whether the Stripe account takes live money; events of the other kind are recorded, never applied',
  },
  STRIPE_ACCOUNT: {
    readers: both,
    schema: slug.default('main'),
    says: 'slug of the Stripe account; part of its webhook address',
  },
} as const satisfies Record<string, Variable>;

interface StripeSettings {
  STRIPE_WEBHOOK_SECRET: string | undefined;
  STRIPE_ENVIRONMENT: 'live' | 'test';
}

export const stripeConfiguration = {
  isVerified: ({ STRIPE_WEBHOOK_SECRET }: Pick<StripeSettings, 'STRIPE_WEBHOOK_SECRET'>) =>
    Boolean(STRIPE_WEBHOOK_SECRET),
  isLive: ({ STRIPE_ENVIRONMENT }: Pick<StripeSettings, 'STRIPE_ENVIRONMENT'>) => STRIPE_ENVIRONMENT === 'live',
};
