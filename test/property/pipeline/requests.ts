/** Requests of every kind: the captures, those of another agent's route, and broken ones; and what a pipeline makes of one. */

import { decompressFrameSync } from 'lz4-napi';
import type { Random } from '../../../bench/fleet/random.ts';
import { PROVIDER_BY_ROUTE, PROVIDERS, type Provider, type Signal } from '../../../src/model/identity.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { captureBytes, captureNames } from '../../unit/decode/captures.ts';
import { OPTIONS, taskOf } from '../../unit/pipeline/one-request.ts';

export interface Input {
  readonly name: string;
  readonly provider: Provider;
  readonly signal: Signal;
  readonly bodyType: 'json' | 'protobuf';
  readonly bytes: Uint8Array;
}

export function startPipeline(): Pipeline {
  return new Pipeline({ ...OPTIONS, rawEventBytesMax: 8 * 1024 * 1024, ringBytes: 16 * 1024 * 1024 });
}

/** Answer, counts and rows, as one text. */
export function outcomeOf(pipeline: Pipeline, { provider, signal, bodyType, bytes }: Input): string {
  const { results, redactions, frames } = pipeline.run(taskOf(provider, signal, bodyType, bytes));
  const rows = frames.map((frame) => {
    const text = decompressFrameSync(Buffer.from(frame.bytes)).toString('latin1');
    return `${frame.table} ${frame.rows} ${text}`;
  });
  return JSON.stringify([results, redactions, rows]);
}

/** `count` requests. */
export function drawRequests(random: Random, count: number): Input[] {
  const captures = captureNames(/\.(binpb|json)$/).filter((name) => !name.includes('README'));
  return Array.from({ length: count }, (_, index) => {
    const name = captures[random.below(captures.length)]!;
    const [agent, file] = name.split('/') as [string, string];
    const input: Input = {
      name,
      provider: PROVIDER_BY_ROUTE[agent]!,
      signal: /logs|traces|metrics|hooks/.exec(file)![0] as Signal,
      bodyType: file.endsWith('.binpb') ? 'protobuf' : 'json',
      bytes: captureBytes(name),
    };
    if (index % 6 === 4) return { ...input, provider: PROVIDERS[random.below(PROVIDERS.length)]! };
    return index % 6 === 5 ? { ...input, bytes: broken(random, input.bytes) } : input;
  });
}

/** Some bytes are others, or the end is missing. */
function broken(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.below(3) === 0) return bytes.subarray(0, random.below(bytes.length));
  const changed = Uint8Array.from(bytes);
  for (let change = 0; change < 3; change++) changed[random.below(changed.length)] = random.below(256);
  return changed;
}
