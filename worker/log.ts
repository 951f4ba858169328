import type { Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { logOptions } from '#domain/log/log-options.ts';

/** Structured logs in UTC, redacted (LOG-01, LOG-02). */
export const createLog = (level: string, to?: DestinationStream): Logger =>
  pino({ ...logOptions('worker', level), timestamp: pino.stdTimeFunctions.isoTime }, ...(to ? [to] : []));

/** Temporal's own lines into our log: they tell of failures with the messages and causes of vendors (LOG-02). */
export function temporalLog(log: Logger): TemporalLogger {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta: LogMetadata = {}): void =>
      log[level](meta, message);
  const [trace, debug, info, warn, error] = [at('trace'), at('debug'), at('info'), at('warn'), at('error')];
  const levels: Record<LogLevel, typeof info> = { TRACE: trace, DEBUG: debug, INFO: info, WARN: warn, ERROR: error };
  return { trace, debug, info, warn, error, log: (level, message, meta) => levels[level](message, meta) };
}
