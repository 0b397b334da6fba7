/** What the pipeline would store of a body: the bytes of all rows of both tables, as they leave a worker. */

import { decompressFrameSync } from 'lz4-napi';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import type { PipelineOptions } from '../../../src/pipeline/options.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import type { RequestResult } from '../../../src/pool/task.ts';

export interface Deployment {
  readonly capturePrompts: boolean;
  readonly captureOutputs: boolean;
  readonly allowEventLevelOptIn: boolean;
}

export interface Sent {
  readonly provider: Provider;
  readonly signal: Signal;
  readonly bodyType: 'json' | 'protobuf';
  readonly body: Uint8Array;
}

export class Store {
  private readonly pipeline: Pipeline;

  constructor(deployment: Deployment) {
    const options: PipelineOptions = {
      ...deployment,
      promptBytesMax: 65_536,
      outputSnippetBytesMax: 4096,
      rawEventBytesMax: 8 * 1024 * 1024,
      decodedBytesMax: 64 * 1024 * 1024,
      ringBytes: 16 * 1024 * 1024,
      insertFormat: 'RowBinary',
      dropStreamEvents: false,
      dropInternalSpans: false,
      ingestVersion: 'test',
      customRules: { rules: [], allow: [] },
    };
    this.pipeline = new Pipeline(options);
  }

  /** Rows as bytes: RowBinary keeps texts as they are, so that a text is stored when its bytes are in there. */
  store({ provider, signal, bodyType, body }: Sent): { rows: string; result: RequestResult } {
    const bodies = new ArrayBuffer(body.length);
    new Uint8Array(bodies).set(body);
    const { frames, results } = this.pipeline.run({
      bodies,
      requests: [
        {
          requestId: '01234567-89ab-4def-8123-456789abcdef',
          tenantId: 'acme',
          provider,
          signal,
          bodyType,
          encoding: 'identity',
          contentType: bodyType === 'json' ? 'application/json' : 'application/x-protobuf',
          contentEncoding: '',
          userAgent: 'test',
          receivedAtMs: 1_795_348_090_000,
          bodyOffset: 0,
          bodyBytes: body.length,
        },
      ],
    });
    const rows = frames.map((frame) => decompressFrameSync(Buffer.from(frame.bytes)).toString('latin1')).join('\n');
    return { rows, result: results[0]! };
  }
}
