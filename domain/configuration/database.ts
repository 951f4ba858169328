import { z } from 'zod';
import { both, postgres, type Variable } from './variable.ts';

/** How a process reaches PostgreSQL. */
export const DATABASE_VARIABLES = {
  DATABASE_API_URL: {
    readers: ['api'],
    secret: true,
    schema: postgres,
    says: 'PostgreSQL as the role hostwright_api',
  },
  DATABASE_CUSTOMER_URL: {
    readers: ['api'],
    secret: true,
    schema: postgres.optional(),
    says: 'PostgreSQL as the role hostwright_customer; unless set, where the API signs in, with a password made from the API’s',
  },
  DATABASE_STAFF_URL: {
    readers: ['api'],
    secret: true,
    schema: postgres.optional(),
    says: 'PostgreSQL as the role hostwright_staff; unless set, as for customers',
  },
  DATABASE_LICENSE_URL: {
    readers: ['api'],
    secret: true,
    schema: postgres,
    says: 'PostgreSQL as the role hostwright_license',
  },
  DATABASE_WORKER_URL: {
    readers: ['worker'],
    secret: true,
    schema: postgres,
    says: 'PostgreSQL as the role hostwright_worker',
  },
  DATABASE_POOL: {
    readers: both,
    schema: z.coerce.number().int().min(2).max(200).default(10),
    says: 'connections one process may hold, the license path apart; the API shares them among its three roles',
  },
} as const satisfies Record<string, Variable>;
