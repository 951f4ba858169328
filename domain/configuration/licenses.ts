import { z } from 'zod';
import { list, type Variable } from './variable.ts';

/** License keys and checks. */
export const LICENSE_VARIABLES = {
  LEGACY_LICENSE_SECRET: {
    readers: ['api'],
    secret: true,
    schema: z.string().min(32).optional(),
    says: 'switches legacy license signing on (B4.3)',
  },
  LEGACY_UNSIGNED_SOURCES: {
    readers: ['api'],
    schema: list,
    says: 'switches unsigned license checks on (B4.4): `<node name>=<address>`, by comma',
  },
  LICENSE_KEY_FORM: {
    readers: ['worker'],
    schema: z.enum(['extended', 'four_groups']).default('extended'),
    says: 'form of new license keys',
  },
} as const satisfies Record<string, Variable>;
