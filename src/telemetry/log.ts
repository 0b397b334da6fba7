/**
 * The log: one JSON line per event of the server's life, on stderr. The level answers "was data lost?": error = lost,
 * warn = recovered or refused work at risk, info = lifecycle. Nothing per request; no payload, key or header value.
 */

import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';

/** Facts beside a message: numbers, names and codes only. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  readonly error: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly debug: (message: string, fields?: LogFields) => void;
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Opens the log. Writes are synchronous: a line about lost data must not be lost itself. */
export function openLog(level: LogLevel, to: DestinationStream = destination({ dest: 2, sync: true })): Log {
  const logger = pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, to);
  return {
    error: (message, fields) => logger.error(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    debug: (message, fields) => logger.debug(fields ?? {}, message),
  };
}
