import { z } from 'zod';
import { both, list, port, web, type Variable } from './variable.ts';

/** Where processes listen, and who may ask what. */
export const HTTP_VARIABLES = {
  API_HOST: { readers: ['api'], schema: z.string().default('127.0.0.1'), says: 'address the API listens on' },
  API_PORT: { readers: ['api'], schema: port.default(3000), says: 'port the API listens on' },
  WORKER_PORT: {
    readers: ['worker'],
    schema: port.default(0),
    says: 'port of the worker for health and metrics, on loopback; 0 for none',
  },
  PUBLIC_URL: {
    readers: both,
    schema: web,
    says: 'where customers reach the portal; links in mails start with it',
  },
  API_REFERENCE: {
    readers: ['api'],
    schema: z.enum(['open', 'staff']).optional(),
    says: 'who may read /openapi.json and /reference; left out, staff in production and everybody elsewhere',
  },
  API_LIMIT_FACTOR: {
    readers: ['api'],
    schema: z.coerce.number().min(0.01).max(10_000).default(1),
    says: 'multiplies the request limits: 0.5 on each of two replicas, more where one machine plays many customers',
  },
  TRUSTED_PROXIES: { readers: ['api'], schema: list, says: 'addresses whose X-Forwarded-For is believed, by comma' },
  UI_DIR: { readers: ['api'], schema: z.string().default('ui/dist'), says: 'folder of the built pages' },
} as const satisfies Record<string, Variable>;
