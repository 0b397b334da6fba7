/** An OpenTelemetry Collector as a peer: otlp receiver, batches as the clickhouse exporter's README advises, same store. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processCpuSeconds } from './process-cpu.ts';

const START_MS = 30_000;
const STOP_MS = 20_000;

export interface Collector {
  readonly port: number;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Starts the binary with a configuration of its own and waits until it takes connections. `storeUrl` has user and password. */
export async function startCollector(binary: string, storeUrl: string): Promise<Collector> {
  const directory = mkdtempSync(join(tmpdir(), 'moda-bench-otelcol-'));
  const port = await freePort();
  const file = join(directory, 'otelcol.yaml');
  writeFileSync(file, configuration(port, storeUrl), { mode: 0o600 });
  const child = spawn(binary, ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-4000);
  });
  try {
    await accepting(child, port);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${binary} did not start: ${words}`, { cause: error });
  }
  return {
    port,
    cpuSeconds: () => processCpuSeconds(child.pid!),
    stop: async () => {
      await ended(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** No compression: the embedded engine's HTTP interface does not answer in compressed blocks; it spares the Collector CPU. */
function configuration(port: number, storeUrl: string): string {
  const url = new URL(storeUrl);
  return `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
processors:
  batch:
    timeout: 5s
    send_batch_size: 100000
exporters:
  clickhouse:
    endpoint: http://${url.host}
    username: ${JSON.stringify(decodeURIComponent(url.username))}
    password: ${JSON.stringify(decodeURIComponent(url.password))}
    database: otel
    async_insert: false
    compress: none
    create_schema: true
    timeout: 60s
service:
  telemetry:
    metrics:
      level: none
    logs:
      level: warn
  pipelines:
    logs:
      receivers: [otlp]
      processors: [batch]
      exporters: [clickhouse]
`;
}

async function accepting(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
    const isUp = await fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST', body: '' }).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    if (performance.now() > deadline) throw new Error(`no answer within ${START_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
