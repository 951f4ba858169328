import { z } from 'zod';
import { both, flag, keyring, web, type Variable } from './variable.ts';

/** How a process reaches Temporal. */
export const TEMPORAL_VARIABLES = {
  TEMPORAL_ADDRESS: {
    readers: both,
    schema: z
      .string()
      .regex(/^[^\s/]+:\d{1,5}$/, 'is not host:port')
      .default('127.0.0.1:7233'),
    says: 'Temporal frontend, host:port',
  },
  TEMPORAL_NAMESPACE: { readers: both, schema: z.string().default('hostwright'), says: 'Temporal namespace' },
  TEMPORAL_TLS: { readers: both, schema: flag, says: 'use TLS towards Temporal' },
  TEMPORAL_API_KEY: {
    readers: both,
    secret: true,
    schema: z.string().optional(),
    says: 'API key of Temporal Cloud or a JWT',
  },
  TEMPORAL_PAYLOAD_KEYS: {
    readers: both,
    secret: true,
    schema: keyring,
    says: 'encrypts everything that enters a Temporal history; `<id>:<base64>`, the current first',
  },
  TASK_QUEUE: {
    readers: both,
    schema: z.string().default('hostwright'),
    says: 'task queue of workflows and activities',
  },
  WORKFLOW_BUNDLE: {
    readers: ['worker'],
    schema: z.string().optional(),
    says: 'file of the workflows bundled before; without it the worker bundles them at start',
  },
  TEMPORAL_UI_URL: {
    readers: ['api'],
    schema: web.optional(),
    says: 'Temporal UI, for links on staff answers and for its codec calls',
  },
  CODEC_UI_TOKEN: {
    readers: ['api'],
    secret: true,
    schema: z.string().min(32).optional(),
    says: 'sandbox only: lets the local Temporal UI read payloads',
  },
} as const satisfies Record<string, Variable>;
