import { pino, type DestinationStream, type Logger } from 'pino';
import { redact } from '#domain/redaction.ts';

/** Structured logs in UTC; everything passes the redaction, whoever logs and whatever (LOG-01, LOG-02). */
export function createLog(level: string, to?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { process: 'api' },
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors arrive redacted as plain objects; the standard serializer would not know them.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args as unknown[];
          const clean = first instanceof Error ? { err: redact(first) } : redact(first);
          method.apply(this, [clean, ...rest.map((one) => redact(one))] as unknown as Parameters<typeof method>);
        },
      },
    },
    ...(to ? [to] : []),
  );
}
