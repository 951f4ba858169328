import { z } from 'zod';
import { both, type Variable } from './variable.ts';

/** Variables of every process. */
export const GENERAL_VARIABLES = {
  NODE_ENV: {
    readers: both,
    schema: z.enum(['production', 'development', 'test']).default('development'),
    says: '`production` refuses unsafe settings and simulators',
  },
  HOSTWRIGHT_ENV: {
    readers: both,
    schema: z
      .string()
      .regex(/^[a-z0-9]{2,20}$/)
      .default('sandbox'),
    says: 'written on every object at a gateway; events of another environment are recorded, never applied',
  },
  LOG_LEVEL: {
    readers: both,
    schema: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    says: 'how much the logs say',
  },
} as const satisfies Record<string, Variable>;
