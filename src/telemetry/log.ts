/**
 * The log: one JSON line per event of the server's life, on stderr. The level answers "was data lost?": error = lost,
 * warn = recovered or at risk, info = lifecycle. Nothing per request; no payload, key or header value.
 */

import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';

/** Facts first, as pino takes them: numbers, names and codes only. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Opens the log. Writes are synchronous: a line about lost data must not be lost itself. */
export function openLog(level: LogLevel, to: DestinationStream = destination({ dest: 2, sync: true })): Log {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, to);
}
