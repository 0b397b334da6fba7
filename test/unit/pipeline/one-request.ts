/** Settings and tasks of the worker pipeline for its tests: a fresh install, with small memory so that bounds are met. */

import { NO_CUSTOM_RULES } from '../../../src/model/custom-rules.ts';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import type { PipelineOptions } from '../../../src/pipeline/options.ts';
import type { Task } from '../../../src/pool/task.ts';

export const OPTIONS: PipelineOptions = {
  capturePrompts: false,
  captureOutputs: false,
  allowEventLevelOptIn: false,
  promptBytesMax: 65_536,
  outputSnippetBytesMax: 4096,
  rawEventBytesMax: 1024 * 1024,
  decodedBytesMax: 1024 * 1024,
  ringBytes: 1024 * 1024,
  insertFormat: 'RowBinary',
  dropStreamEvents: false,
  dropInternalSpans: false,
  ingestVersion: '1.0.0',
  customRules: NO_CUSTOM_RULES,
};

/** A task of one request. */
export function taskOf(provider: Provider, signal: Signal, bodyType: 'json' | 'protobuf', bytes: Uint8Array): Task {
  return {
    bodies: new Uint8Array(bytes).buffer,
    requests: [
      {
        requestId: '01234567-89ab-4def-8123-456789abcdef',
        tenantId: 'acme',
        provider,
        signal,
        bodyType,
        encoding: 'identity',
        contentType: 'x',
        contentEncoding: '',
        userAgent: '',
        receivedAtMs: 1_763_812_345_678,
        bodyOffset: 0,
        bodyBytes: bytes.length,
      },
    ],
  };
}
