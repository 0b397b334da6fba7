/**
 * The metrics table: every name, its help text and its labels, all bounded. Counters end in `_total`, units are base
 * units. Values that some room counts anyway are read when /metrics is read, and cost nothing in between.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { TallyHistogram, talliedCounter } from './tally.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BATCH = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const REQUEST_SECONDS = {
  name: 'moda_http_request_seconds',
  help: 'From the head to the answer.',
  bounds: SECONDS,
  label: 'kind',
};

export type Metrics = ReturnType<typeof createMetrics>;

/** Registers the table in a registry of its own: two servers in one process do not share counts. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers });
  const tallied = (name: string, help: string, labelNames: readonly [string, string?]) =>
    talliedCounter(registry, name, help, labelNames);
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) => new Histogram<L>({ name, help, buckets, labelNames: [...labelNames], registers });
  return {
    registry,
    // Front door
    requests: tallied('moda_http_requests_total', 'Answers by route and status; status 0: the client left.', [
      'route',
      'status',
    ]),
    requestSeconds: new TallyHistogram(registry, REQUEST_SECONDS),
    bodyBytes: tallied('moda_http_body_bytes_total', 'Bytes of complete telemetry bodies on the wire.', ['route']),
    openRequests: gauge('moda_http_open_requests', 'Requests that are not answered yet.'),
    inflightBytes: gauge('moda_inflight_bytes', 'Wire bytes admitted and not yet acknowledged.'),
    // Pool
    queueRequests: gauge('moda_queue_requests', 'Requests that wait for a worker.'),
    queueBytes: gauge('moda_queue_bytes', 'Body bytes that wait for a worker.'),
    taskRequests: histogram('moda_task_requests', 'Requests that travelled as one task.', BATCH),
    taskSeconds: histogram('moda_task_seconds', 'From the hand-over of a task until its rows are kept.', SECONDS),
    workerSeconds: counter('moda_worker_busy_seconds_total', 'Time that workers spent on tasks.'),
    workersLost: counter('moda_workers_lost_total', 'Workers that went down and were replaced.'),
    /** Fullest since the last scrape; scrape.ts moves it into the gauge. */
    ringPeak: { ratio: 0 },
    ringFill: gauge('moda_ring_fill_ratio', 'Fullest that a ring has been since the last scrape.'),
    // Pipeline
    records: tallied('moda_records_total', 'Log records, spans, data points and hook events.', ['signal']),
    recordsRejected: tallied('moda_records_rejected_total', 'Records refused while their neighbours were taken.', [
      'signal',
    ]),
    rows: tallied('moda_rows_total', 'Rows that left the workers.', ['table']),
    redactions: tallied('moda_redactions_total', 'Times that a redaction rule has fired.', ['rule']),
    // Spool and sink
    spoolBytes: gauge('moda_spool_bytes', 'Disk that the spool takes.'),
    spoolSegments: gauge('moda_spool_segments', 'Sealed segments that wait for the tables.'),
    spoolOldestSeconds: gauge('moda_spool_oldest_seconds', 'Age of the oldest of them.'),
    spoolWritable: gauge('moda_spool_writable', '1 while the spool takes rows.'),
    flushSeconds: histogram('moda_flush_seconds', 'Time of one INSERT.', SECONDS, ['table', 'result']),
    flushBytes: counter('moda_flush_bytes_total', 'Compressed bytes sent by INSERTs.', ['table']),
    insertErrors: counter('moda_insert_errors_total', 'Failed INSERTs by kind and server code.', ['kind', 'code']),
    deadLetterFiles: gauge('moda_dead_letter_files', 'Dead letters that are set aside now.'),
    deadLetterBytes: gauge('moda_dead_letter_bytes', 'Bytes of them.'),
    storeUp: gauge('moda_store_up', '1 while the store takes INSERTs.'),
    // Ledger: received = acknowledged + refused; taken + recovered = inserted + spooled + dead-lettered
    received: counter('moda_tenant_requests_received_total', 'Authenticated telemetry requests.', ['tenant']),
    acknowledged: counter('moda_tenant_requests_acknowledged_total', 'Answered 2xx: their rows are kept.', ['tenant']),
    refused: counter('moda_tenant_requests_refused_total', 'Refused, by error code.', ['tenant', 'reason']),
    rowsTaken: counter('moda_tenant_rows_taken_total', 'Rows that the spool has taken from this process.', ['tenant']),
    rowsRecovered: counter(
      'moda_tenant_rows_recovered_total',
      'Rows found in the spool: of an earlier process, or resubmitted.',
      ['tenant'],
    ),
    rowsInserted: counter('moda_tenant_rows_inserted_total', 'Rows known to be in the tables.', ['tenant']),
    rowsSpooled: gauge('moda_tenant_rows_spooled', 'Rows on their way to the tables.', ['tenant']),
    rowsDeadLettered: gauge('moda_tenant_rows_dead_lettered', 'Rows that this process set aside or lost.', ['tenant']),
  };
}
