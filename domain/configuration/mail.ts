import { z } from 'zod';
import { port, flag, type Variable } from './variable.ts';

/** The mail server. */
export const MAIL_VARIABLES = {
  SMTP_HOST: { readers: ['worker'], schema: z.string(), says: 'mail server' },
  SMTP_PORT: { readers: ['worker'], schema: port.default(587), says: 'its port' },
  SMTP_SECURE: { readers: ['worker'], schema: flag, says: 'TLS from the first byte (port 465)' },
  SMTP_USER: { readers: ['worker'], schema: z.string().optional(), says: 'its user' },
  SMTP_PASSWORD: { readers: ['worker'], secret: true, schema: z.string().optional(), says: "the user's password" },
  MAIL_FROM: {
    readers: ['worker'],
    schema: z.string().default('Hostwright <billing@hostwright.example>'),
    says: 'sender of mails',
  },
} as const satisfies Record<string, Variable>;
