import type { LoggerOptions } from 'pino';
import type { Reader } from '../configuration/variable.ts';
import { redact } from './redaction.ts';

/** How pino logs in every process: everything passes the redaction, whoever logs and whatever (LOG-02). */
export const logOptions = (process: Reader, level: string): LoggerOptions => ({
  level,
  base: { process },
  // Errors arrive redacted as plain objects; the standard serializer would not know them.
  serializers: { err: (error: unknown) => error },
  hooks: {
    logMethod(args, method) {
      const [first, ...rest] = args as unknown[];
      const clean = first instanceof Error ? { err: redact(first) } : redact(first);
      method.apply(this, [clean, ...rest.map((one) => redact(one))] as unknown as Parameters<typeof method>);
    },
  },
});
