import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { METRIC_TENANTS_MAX } from '../../../src/limits.ts';
import { RequestLedger } from '../../../src/telemetry/ledger.ts';
import { openLog } from '../../../src/telemetry/log.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { type ScrapeSources, scrape } from '../../../src/telemetry/scrape.ts';

const NONE: ReadonlyMap<string, number> = new Map();

function sources(ledger: RequestLedger, rows: Partial<ScrapeSources> = {}): ScrapeSources {
  return {
    ledger,
    recoveredRows: () => NONE,
    insertedRows: () => NONE,
    spooledRows: () => NONE,
    deadLetteredRows: () => NONE,
    openRequests: () => 3,
    inflightBytes: () => 4096,
    queue: () => ({ requests: 2, bytes: 700 }),
    spool: () => ({ isWritable: true, bytes: 5, segments: 1, oldestAgeMs: 1500 }),
    sink: () => ({ isStoreTaking: false, deadLetterFiles: 0, deadLetterBytes: 0 }),
    ...rows,
  };
}

describe('scrape', () => {
  it('shows the values of the moment, in base units', async () => {
    const text = await scrape(createMetrics(), sources(new RequestLedger()));
    expect(text).toContain('\nmoda_inflight_bytes 4096\n');
    expect(text).toContain('\nmoda_queue_requests 2\n');
    expect(text).toContain('\nmoda_spool_oldest_seconds 1.5\n');
    expect(text).toContain('\nmoda_store_up 0\n');
    expect(text).toMatch(/\nnodejs_eventloop_lag_p99_seconds /);
  });

  it('shows what was counted per request, however often it is read', async () => {
    const metrics = createMetrics();
    metrics.requests.add('/v1/otel/claude/logs', 200, 2);
    metrics.requests.add('/v1/otel/claude/logs', 503, 1);
    metrics.requests.add('/v1/otel/claude/logs', 200, 1);
    metrics.bodyBytes.add('/v1/otel/claude/logs', '', 700);
    for (const seconds of [0.0005, 0.001, 0.02, 31]) metrics.requestSeconds.observe('ingest', seconds);
    await scrape(metrics, sources(new RequestLedger()));
    const text = await scrape(metrics, sources(new RequestLedger()));
    expect(text).toContain('moda_http_requests_total{route="/v1/otel/claude/logs",status="200"} 3\n');
    expect(text).toContain('moda_http_requests_total{route="/v1/otel/claude/logs",status="503"} 1\n');
    expect(text).toContain('moda_http_body_bytes_total{route="/v1/otel/claude/logs"} 700\n');
    expect(text).toContain('# TYPE moda_http_request_seconds histogram\n');
    // A bound belongs to its bucket, and buckets are cumulative.
    expect(text).toContain('moda_http_request_seconds_bucket{le="0.001",kind="ingest"} 2\n');
    expect(text).toContain('moda_http_request_seconds_bucket{le="0.01",kind="ingest"} 2\n');
    expect(text).toContain('moda_http_request_seconds_bucket{le="0.025",kind="ingest"} 3\n');
    expect(text).toContain('moda_http_request_seconds_bucket{le="30",kind="ingest"} 3\n');
    expect(text).toContain('moda_http_request_seconds_bucket{le="+Inf",kind="ingest"} 4\n');
    expect(text).toContain('moda_http_request_seconds_sum{kind="ingest"} 31.0215\n');
    expect(text).toContain('moda_http_request_seconds_count{kind="ingest"} 4\n');
  });

  it('shows the ledger as it stands, however often it is read', async () => {
    const metrics = createMetrics();
    const ledger = new RequestLedger();
    for (let index = 0; index < 3; index += 1) ledger.received('acme');
    ledger.acknowledged('acme');
    ledger.refused('acme', 'SERVER_FULL');
    ledger.refused('acme', 'SERVER_FULL');
    const rows = sources(ledger, { spooledRows: () => new Map([['acme', 7]]) });
    await scrape(metrics, rows);
    const text = await scrape(metrics, rows);
    expect(text).toContain('moda_tenant_requests_received_total{tenant="acme"} 3\n');
    expect(text).toContain('moda_tenant_requests_refused_total{tenant="acme",reason="SERVER_FULL"} 2\n');
    expect(text).toContain('moda_tenant_rows_spooled{tenant="acme"} 7\n');
  });

  it('bounds the tenants and loses none of their counts', async () => {
    const ledger = new RequestLedger();
    const tenants = METRIC_TENANTS_MAX + 50;
    for (let index = 0; index < tenants; index += 1) ledger.received(`tenant-${index}`);
    const text = await scrape(createMetrics(), sources(ledger));
    const lines = text.split('\n').filter((line) => line.startsWith('moda_tenant_requests_received_total{'));
    expect(lines).toHaveLength(METRIC_TENANTS_MAX + 1);
    expect(lines).toContain('moda_tenant_requests_received_total{tenant="other"} 50');
  });

  it('shows the fullest ring since the last reading', async () => {
    const metrics = createMetrics();
    metrics.ringPeak.ratio = 0.75;
    expect(await scrape(metrics, sources(new RequestLedger()))).toContain('\nmoda_ring_fill_ratio 0.75\n');
    expect(await scrape(metrics, sources(new RequestLedger()))).toContain('\nmoda_ring_fill_ratio 0\n');
  });
});

describe('openLog', () => {
  it('writes one JSON line per event, facts beside the message, from its level on', () => {
    const lines: string[] = [];
    const to = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const log = openLog('warn', to);
    log.info({}, 'not shown');
    log.warn({ rows: 3 }, 'recovered');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 40, rows: 3, msg: 'recovered' });
  });
});
