/** One reading of /metrics: values that the rooms count themselves are copied into the table, then it is printed. */

import { METRIC_TENANTS_MAX } from '../limits.ts';
import type { RequestLedger } from './ledger.ts';
import type { Metrics } from './metrics.ts';

type RowsByTenant = ReadonlyMap<string, number>;

/** Where the values of this moment come from. */
export interface ScrapeSources {
  readonly ledger: RequestLedger;
  readonly recoveredRows: () => RowsByTenant;
  readonly insertedRows: () => RowsByTenant;
  readonly spooledRows: () => RowsByTenant;
  readonly deadLetteredRows: () => RowsByTenant;
  readonly openRequests: () => number;
  readonly inflightBytes: () => number;
  readonly queue: () => { readonly requests: number; readonly bytes: number };
  readonly spool: () => {
    readonly isWritable: boolean;
    readonly bytes: number;
    readonly segments: number;
    readonly oldestAgeMs: number;
  };
  readonly sink: () => {
    readonly isStoreTaking: boolean;
    readonly deadLetterFiles: number;
    readonly deadLetterBytes: number;
  };
}

/** Tenants beyond METRIC_TENANTS_MAX share this label. */
const OTHER = 'other';

/** The text of /metrics (Prometheus exposition format 0.0.4). */
export async function scrape(metrics: Metrics, sources: ScrapeSources): Promise<string> {
  setGauges(metrics, sources);
  setLedger(metrics, sources);
  return metrics.registry.metrics();
}

function setGauges(metrics: Metrics, sources: ScrapeSources): void {
  const queue = sources.queue();
  const spool = sources.spool();
  const sink = sources.sink();
  metrics.ringFill.set(metrics.ringPeak.ratio);
  metrics.ringPeak.ratio = 0;
  metrics.openRequests.set(sources.openRequests());
  metrics.inflightBytes.set(sources.inflightBytes());
  metrics.queueRequests.set(queue.requests);
  metrics.queueBytes.set(queue.bytes);
  metrics.spoolBytes.set(spool.bytes);
  metrics.spoolSegments.set(spool.segments);
  metrics.spoolOldestSeconds.set(spool.oldestAgeMs / 1000);
  metrics.spoolWritable.set(spool.isWritable ? 1 : 0);
  metrics.storeUp.set(sink.isStoreTaking ? 1 : 0);
  metrics.deadLetterFiles.set(sink.deadLetterFiles);
  metrics.deadLetterBytes.set(sink.deadLetterBytes);
}

interface LabelledValue<L extends string> {
  reset(): void;
  inc(labels: Partial<Record<L, string | number>>, value: number): void;
}

function setLedger(metrics: Metrics, sources: ScrapeSources): void {
  const { tenants } = sources.ledger;
  // The ledger is the count; the metric shows it, so it is set anew each time.
  for (const metric of [metrics.received, metrics.acknowledged, metrics.refused, metrics.rowsTaken]) metric.reset();
  const label = tenantLabels([
    tenants,
    sources.recoveredRows(),
    sources.insertedRows(),
    sources.spooledRows(),
    sources.deadLetteredRows(),
  ]);
  for (const [id, counts] of tenants) {
    const tenant = label(id);
    metrics.received.inc({ tenant }, counts.received);
    metrics.acknowledged.inc({ tenant }, counts.acknowledged);
    metrics.rowsTaken.inc({ tenant }, counts.rowsTaken);
    for (const [reason, count] of counts.refused) metrics.refused.inc({ tenant, reason }, count);
  }
  setRows(metrics.rowsRecovered, sources.recoveredRows(), label);
  setRows(metrics.rowsInserted, sources.insertedRows(), label);
  setRows(metrics.rowsSpooled, sources.spooledRows(), label);
  setRows(metrics.rowsDeadLettered, sources.deadLetteredRows(), label);
}

function setRows(metric: LabelledValue<'tenant'>, rows: RowsByTenant, label: (id: string) => string): void {
  metric.reset();
  for (const [id, count] of rows) metric.inc({ tenant: label(id) }, count);
}

/** The first METRIC_TENANTS_MAX tenants of all terms keep their names, the same ones in every term. */
function tenantLabels(terms: readonly ReadonlyMap<string, unknown>[]): (id: string) => string {
  const named = new Set<string>();
  for (const term of terms) {
    for (const id of term.keys()) {
      if (named.size >= METRIC_TENANTS_MAX) break;
      named.add(id);
    }
  }
  return (id) => (named.has(id) ? id : OTHER);
}
