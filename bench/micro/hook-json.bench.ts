/** Hook payloads onto the tape, against JSON.parse of the same bytes: short bodies, so what a body costs by itself counts. */

import { decodeBody } from '../../src/decode/decode.ts';
import type { Provider } from '../../src/model/identity.ts';
import { internName } from '../../src/model/names.ts';
import { RecordView } from '../../src/model/record.ts';
import { Tape } from '../../src/model/tape.ts';
import { Fleet } from '../fleet.ts';
import { microBench } from '../micro-bench.ts';
import { NO_VISITOR } from './decode-input.ts';

const BODIES = 500;
const HOOK_EVENT_NAME = internName('hook_event_name');
const tape = new Tape();
const view = new RecordView(tape);
view.signal = 'hooks';

function walk(bodies: readonly Buffer[], visitor = NO_VISITOR): number {
  let records = 0;
  for (const body of bodies) {
    tape.reset();
    const start = tape.append(body);
    records += decodeBody(view, 'hooks', 'json', start, start + body.length, visitor).recordCount;
  }
  return records;
}

for (const provider of ['claude_code', 'codex', 'cursor'] satisfies Provider[]) {
  view.provider = provider;
  const shape = { provider, signal: 'hooks', bodyType: 'json', records: 1 } as const;
  const bodies = new Fleet(3).bodies(shape, BODIES).map(({ bytes }) => bytes);
  const names: string[] = [];
  walk(bodies, {
    ...NO_VISITOR,
    record: ({ attributes }) => {
      const node = tape.child(attributes, HOOK_EVENT_NAME);
      names.push(tape.text(tape.start[node]!, tape.length[node]!));
    },
  });
  const expected = bodies.map((body) => (JSON.parse(body.toString()) as { hook_event_name: string }).hook_event_name);
  if (JSON.stringify(names) !== JSON.stringify(expected))
    throw new Error(`${provider}: other hooks than JSON.parse reads`);
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
  await microBench({
    title: `hook bodies of ${provider}, ${Math.round(bytes / BODIES)} bytes each`,
    unit: 'bodies',
    unitsPerRun: BODIES,
    cases: [
      { name: 'hook reader to tape', run: () => walk(bodies) },
      { name: 'JSON.parse', run: () => bodies.map((body) => JSON.parse(body.toString()) as unknown) },
    ],
  });
}
