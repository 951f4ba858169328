import { z } from 'zod';
import { both, zone, type Variable } from './variable.ts';

/** Who sells, and in which zone days are counted. */
export const MONEY_VARIABLES = {
  BILLING_ZONE: {
    readers: both,
    schema: zone.default('UTC'),
    says: 'IANA zone in which due dates and periods are counted',
  },
  SELLER_NAME: {
    readers: both,
    schema: z.string().default('Hostwright Sandbox'),
    says: 'who sells, on invoices and mails',
  },
  SELLER_EMAIL: {
    readers: both,
    schema: z.email().default('billing@hostwright.example'),
    says: "the seller's address on invoices",
  },
  SELLER_COUNTRY: {
    readers: both,
    schema: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .default('DE'),
    says: "the seller's country",
  },
} as const satisfies Record<string, Variable>;
