/** Fleet bodies as tasks of the worker pipeline, with the settings of a fresh install. */

import { readFileSync } from 'node:fs';
import { NO_CUSTOM_RULES } from '../src/model/custom-rules.ts';
import type { PipelineOptions } from '../src/pipeline/options.ts';
import type { Task, TaskRequest } from '../src/pool/task.ts';
import type { Body } from './fleet.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const RECEIVED_MS = 1_763_812_345_678;
const USER_AGENTS = {
  claude_code: 'OTel-OTLP-Exporter-JavaScript/0.208.0',
  codex: 'OTel-OTLP-Exporter-Rust/0.31.0',
  cursor: 'Cursor/2.6.14',
};

/** All defaults of the contract: nothing is captured, everything is scrubbed. */
export const PIPELINE_OPTIONS: PipelineOptions = {
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
  ingestVersion: version,
  customRules: NO_CUSTOM_RULES,
};

/** One task of all bodies, as coalescing makes them; run it as often as you like, the pipeline only reads the bytes. */
export function taskOf(bodies: readonly Body[]): Task {
  const all = Buffer.concat(bodies.map((body) => body.bytes));
  let offset = 0;
  const requests = bodies.map((body, index): TaskRequest => {
    const bodyOffset = offset;
    offset += body.bytes.length;
    return {
      requestId: `01234567-89ab-4def-8123-${index.toString(16).padStart(12, '0')}`,
      tenantId: 'acme',
      provider: body.provider,
      signal: body.signal,
      bodyType: body.bodyType,
      encoding: body.encoding,
      contentType: body.bodyType === 'json' ? 'application/json' : 'application/x-protobuf',
      contentEncoding: body.encoding === 'gzip' ? 'gzip' : '',
      userAgent: USER_AGENTS[body.provider],
      receivedAtMs: RECEIVED_MS,
      bodyOffset,
      bodyBytes: body.bytes.length,
    };
  });
  return { bodies: new Uint8Array(all).buffer, requests };
}

/** Bodies in groups as tasks of at most `bytesMax` and `requestsMax`, the pool's coalescing bounds. */
export function tasksOf(bodies: readonly Body[], bytesMax = 1024 * 1024, requestsMax = 64): Task[] {
  const tasks: Task[] = [];
  let group: Body[] = [];
  let bytes = 0;
  for (const body of bodies) {
    if (group.length > 0 && (bytes + body.bytes.length > bytesMax || group.length === requestsMax)) {
      tasks.push(taskOf(group));
      group = [];
      bytes = 0;
    }
    group.push(body);
    bytes += body.bytes.length;
  }
  if (group.length > 0) tasks.push(taskOf(group));
  return tasks;
}
