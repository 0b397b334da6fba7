/** OTLP/JSON bodies of a few records, and the records that decoding them gives. */

import { type PlainEvent, record } from './recording.ts';

export const logs = (...records: readonly string[]): string =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join(',')}]}]}]}`;
export const metrics = (...records: readonly string[]): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${records.join(',')}]}]}]}`;
export const spans = (...records: readonly string[]): string =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[${records.join(',')}]}]}]}`;

/** The records of a body, the rejected ones included. */
export function jsonRecords(body: string | Uint8Array, signal: 'logs' | 'traces' | 'metrics' = 'logs'): PlainEvent[] {
  return record(signal, 'json', body).events.filter(({ call }) => call === 'record' || call === 'rejected');
}

/** The one record of a logs body, without what every record has. */
export function onlyRecord(recordText: string): Record<string, unknown> {
  const [{ call, weight: _weight, ...rest }] = jsonRecords(logs(recordText)) as [PlainEvent];
  return call === 'record' ? rest : { call, ...rest };
}
