/** The OpenTelemetry JavaScript exporters from npm as real clients: logs, traces and metrics, as JSON and as protobuf. */

import { setTimeout as pause } from 'node:timers/promises';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const options = (signal: string) => ({
  url: `${server.url}/v1/otel/claude/${signal}`,
  headers: { Authorization: `Bearer ${KEY}` },
});

async function waitFor(session: string, column: string, expected: number): Promise<Record<string, unknown>[]> {
  for (;;) {
    const rows = await server.sql(`SELECT * FROM coding_agent_events WHERE ${column} = {session:String}`, { session });
    if (rows.length >= expected) return rows;
    await pause(20);
  }
}

describe.each([
  ['json', JsonLogs, JsonTraces, JsonMetrics],
  ['protobuf', ProtoLogs, ProtoTraces, ProtoMetrics],
] as const)('%s', (encoding, Logs, Traces, Metrics) => {
  it('[A3] [A5] exports log records', async () => {
    const session = `otel-logs-${encoding}`;
    const provider = new LoggerProvider({
      processors: [new SimpleLogRecordProcessor({ exporter: new Logs(options('logs')) })],
    });
    provider.getLogger('test').emit({
      body: 'claude_code.tool_result',
      attributes: {
        'event.name': 'tool_result',
        'session.id': session,
        tool_name: 'Bash',
        success: 'true',
        duration_ms: '12',
      },
    });
    await provider.forceFlush();
    await provider.shutdown();
    const rows = await waitFor(session, 'session_id', 1);
    expect(rows[0]).toMatchObject({ event_type: 'tool_result', tool_name: 'Bash', success: true, duration_ms: 12 });
  });

  it('[A3] [A6] exports spans', async () => {
    const session = `otel-traces-${encoding}`;
    const provider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter: new Traces(options('traces')) })],
    });
    const span = provider
      .getTracer('test')
      .startSpan('claude_code.tool', { attributes: { 'session.id': session, tool_name: 'Bash' } });
    const { traceId, spanId } = span.spanContext();
    span.end();
    await provider.forceFlush();
    await provider.shutdown();
    const rows = await waitFor(session, 'session_id', 1);
    expect(rows[0]).toMatchObject({ event_type: 'tool_result', trace_id: traceId, span_id: spanId });
  });

  it('[B14] exports metrics, which stay in the raw layer', async () => {
    const name = `otel.metric.${encoding}`;
    const reader = new PeriodicExportingMetricReader({
      exporter: new Metrics(options('metrics')),
      exportIntervalMillis: 60_000,
    });
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('test').createCounter(name).add(3, { type: 'input' });
    await provider.forceFlush();
    await provider.shutdown();
    for (;;) {
      const rows = await server.sql<{ raw_event: string; record_count: number }>(
        `SELECT raw_event, record_count FROM events_raw WHERE signal = 'metrics' AND position(raw_event, {name:String}) > 0`,
        { name },
      );
      if (rows.length === 0) {
        await pause(20);
        continue;
      }
      expect(rows[0]!.record_count).toBe(1);
      return;
    }
  });
});
