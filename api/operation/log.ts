import { pino, type DestinationStream, type Logger } from 'pino';
import { logOptions } from '#domain/log/log-options.ts';

/** Structured logs in UTC, redacted (LOG-01, LOG-02). */
export const createLog = (level: string, to?: DestinationStream): Logger =>
  pino({ ...logOptions('api', level), timestamp: pino.stdTimeFunctions.isoTime }, ...(to ? [to] : []));
