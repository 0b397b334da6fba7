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

/** Lines that a full disk did not take and that wait for the next one; beyond it they are dropped. */
const UNWRITTEN_CHARS_MAX = 64 * 1024;

/** Opens the log. Writes are synchronous: a line about lost data must not be lost itself. */
export function openLog(level: LogLevel, to: DestinationStream = standardError()): Log {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, to);
}

/** A log on a full disk loses its lines; requests are then refused for the disk's sake, and the server must live to do it. */
function standardError(): DestinationStream {
  const stream = destination({ dest: 2, sync: true, maxLength: UNWRITTEN_CHARS_MAX });
  stream.on('error', () => undefined);
  return stream;
}
