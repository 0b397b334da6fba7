/** Real requests of agents, run through the worker's pipeline and inserted as the sink does it. */

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { StoreClient } from '../../../src/clickhouse/client.ts';
import { PROVIDER_BY_ROUTE, type Signal } from '../../../src/model/identity.ts';
import { TABLES } from '../../../src/model/schema.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import type { BodyEncoding, TaskRequest } from '../../../src/pool/task.ts';

const ROOT = resolve(import.meta.dirname, '../../golden/captures');

const pipeline = new Pipeline({
  capturePrompts: false,
  captureOutputs: false,
  allowEventLevelOptIn: false,
  promptBytesMax: 65_536,
  outputSnippetBytesMax: 4096,
  rawEventBytesMax: 8 * 1024 * 1024,
  decodedBytesMax: 64 * 1024 * 1024,
  ringBytes: 64 * 1024 * 1024,
  insertFormat: 'RowBinary',
  dropStreamEvents: false,
  dropInternalSpans: false,
  ingestVersion: 'test',
  customRules: { rules: [], allow: [] },
});

/** Names of captures of `agent` that start with one of `prefixes`, without the header files. */
export function captureFiles(agent: string, ...prefixes: string[]): string[] {
  return readdirSync(join(ROOT, agent)).filter(
    (file) => !file.endsWith('.headers.json') && prefixes.some((prefix) => file.startsWith(prefix)),
  );
}

/** Stores captures for a tenant; each must be accepted. */
export async function storeCaptures(
  client: StoreClient,
  tenantId: string,
  agent: string,
  files: readonly string[],
): Promise<void> {
  for (const file of files) {
    const body = readFileSync(join(ROOT, agent, file));
    const bodies = new ArrayBuffer(body.length);
    new Uint8Array(bodies).set(body);
    const { results, frames } = pipeline.run({ bodies, requests: [requestOf(tenantId, agent, file, body.length)] });
    if (results[0]?.ok !== true) throw new Error(`${file} was refused: ${JSON.stringify(results)}`);
    for (const frame of frames) {
      const columns = TABLES[frame.table].columns.map((column) => column.name);
      const { writtenRows } = await client.insertFrames({
        ...frame,
        columns,
        frames: [frame.bytes],
        token: randomUUID(),
      });
      if (writtenRows !== frame.rows) throw new Error(`${writtenRows} of ${frame.rows} rows written`);
    }
  }
}

function requestOf(tenantId: string, agent: string, file: string, bodyBytes: number): TaskRequest {
  const encoding: BodyEncoding = file.endsWith('.gz') ? 'gzip' : 'identity';
  const bodyType = file.includes('.binpb') ? 'protobuf' : 'json';
  return {
    requestId: randomUUID(),
    tenantId,
    provider: PROVIDER_BY_ROUTE[agent]!,
    signal: /(logs|traces|metrics|hooks)\./.exec(file)![1] as Signal,
    bodyType,
    encoding,
    contentType: bodyType === 'json' ? 'application/json' : 'application/x-protobuf',
    contentEncoding: encoding,
    userAgent: 'test',
    receivedAtMs: Date.parse('2026-11-22T12:00:00Z'),
    bodyOffset: 0,
    bodyBytes,
  };
}
