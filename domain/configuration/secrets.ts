import { z } from 'zod';
import { both, secret32, keyring, signingKey, type Variable } from './variable.ts';

/** What seals, hashes and signs. */
export const SECRET_VARIABLES = {
  SEAL_KEYS: {
    readers: both,
    secret: true,
    schema: keyring,
    says: 'seals secrets in the database; `<id>:<base64>`, the current first',
  },
  AUDIT_HEADS_FILE: {
    readers: ['worker'],
    schema: z.string().optional(),
    says: 'file outside the database to which signed heads of the audit chain are added; without it, a tail that is cut does not show',
  },
  AUDIT_HEAD_KEY: {
    readers: ['worker'],
    secret: true,
    schema: signingKey.optional(),
    says: 'signs those heads (Ed25519); `<id>:<base64>`; belongs to `AUDIT_HEADS_FILE`',
  },
  LICENSE_PEPPER: {
    readers: both,
    secret: true,
    schema: secret32,
    says: 'keys the hash by which license keys are found, base64',
  },
  SESSION_SECRET: {
    readers: ['api'],
    secret: true,
    schema: secret32,
    says: 'keys CSRF tokens and the hash of repeatable requests, base64',
  },
} as const satisfies Record<string, Variable>;
