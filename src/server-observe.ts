/** What the rooms report, as counts of the metrics table. */

import type { ExchangeEnd } from './http/exchange.ts';
import type { TaskReport } from './pool/worker-pool.ts';
import type { SinkEvents } from './sink/steps.ts';
import type { RequestLedger } from './telemetry/ledger.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Counts answers. */
export function exchangeObserver({ requests, requestSeconds }: Metrics): (end: ExchangeEnd) => void {
  return ({ route, status = 0, durationMs }) => {
    requests.add(route, status, 1);
    requestSeconds.observe(route.startsWith('/v1/otel/') ? 'ingest' : 'other', durationMs / 1000);
  };
}

/** Counts a task whose rows are kept. */
export function taskObserver(metrics: Metrics, ledger: RequestLedger, ringBytes: number): (report: TaskReport) => void {
  return ({ requests, result, durationMs }) => {
    metrics.taskRequests.observe(requests.length);
    metrics.taskSeconds.observe(durationMs / 1000);
    metrics.workerSeconds.inc(result.busyMs / 1000);
    metrics.ringPeak.ratio = Math.max(metrics.ringPeak.ratio, result.ringBytesPeak / ringBytes);
    for (const [index, { signal }] of requests.entries()) {
      const outcome = result.results[index];
      if (outcome?.ok !== true) continue;
      if (outcome.recordCount > 0) metrics.records.add(signal, '', outcome.recordCount);
      if (outcome.rejectedCount > 0) metrics.recordsRejected.add(signal, '', outcome.rejectedCount);
    }
    for (const [rule, count] of Object.entries(result.redactions)) metrics.redactions.add(rule, '', count);
    for (const { table, rows, tenantRows } of result.frames) {
      metrics.rows.add(table, '', rows);
      for (const [tenantId, count] of Object.entries(tenantRows)) ledger.rowsTaken(tenantId, count);
    }
  };
}

/** Counts what the sink does. */
export function sinkObserver(metrics: Metrics): SinkEvents {
  return {
    inserted: () => undefined,
    buried: () => undefined,
    flushed({ table, bytes, elapsedMs, isOk }) {
      metrics.flushSeconds.observe({ table, result: isOk ? 'ok' : 'failed' }, elapsedMs / 1000);
      metrics.flushBytes.inc({ table }, bytes);
    },
    failed({ failure }) {
      metrics.insertErrors.inc({ kind: failure.kind, code: String(failure.serverCode ?? '') });
    },
  };
}
