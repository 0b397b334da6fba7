/** Decode and normalize, per agent, against protobufjs and an object per record; decoding alone shows the difference. */

import { expandJsonStrings } from '../../src/codec/json-strings.ts';
import { decodeBody } from '../../src/decode/decode.ts';
import { CanonicalEvent, eventColumn } from '../../src/model/event.ts';
import type { Provider } from '../../src/model/identity.ts';
import { RecordView, type RecordVisitor } from '../../src/model/record.ts';
import { Tape } from '../../src/model/tape.ts';
import { EventIdentity } from '../../src/normalize/identify.ts';
import { Normalizer } from '../../src/normalize/normalizer.ts';
import { Scrubber } from '../../src/privacy/scrub.ts';
import { type Body, Fleet } from '../fleet.ts';
import { microBench } from '../micro-bench.ts';
import { type NaiveRow, naiveRows, runNaive } from '../naive.ts';
import { PIPELINE_OPTIONS } from '../pipeline-tasks.ts';
import { NO_VISITOR } from './decode-input.ts';

const BODIES = 20;
const RECORDS = 100;
const RECEIVED_MS = 1_763_812_345_678;
const SESSION_ID = eventColumn('session_id');

const tape = new Tape();
const view = new RecordView(tape);
view.signal = 'logs';
const event = new CanonicalEvent();
const identity = new EventIdentity();
const normalizer = new Normalizer(PIPELINE_OPTIONS);
/** Withholds nothing here: its cost has a bench of its own. */
const scrubber = new Scrubber(PIPELINE_OPTIONS);
let base = 0;
let onEvent: () => void = () => undefined;

const normalizing: RecordVisitor = {
  ...NO_VISITOR,
  resource: (at) => {
    normalizer.beginResource(at);
    base = tape.count;
  },
  scope: (at) => {
    normalizer.beginScope(at);
    base = tape.count;
  },
  record: (at) => {
    expandJsonStrings(tape, base, tape.count);
    identity.read(at);
    if (normalizer.normalize(at, identity, scrubber, RECEIVED_MS, event)) onEvent();
  },
};

function walk(bodies: readonly Body[], visitor: RecordVisitor): void {
  for (const { bytes } of bodies) {
    tape.reset();
    normalizer.beginRequest();
    const start = tape.append(bytes);
    decodeBody(view, 'logs', 'protobuf', start, start + bytes.length, visitor);
  }
}

for (const provider of ['claude_code', 'codex', 'cursor'] satisfies Provider[]) {
  view.provider = provider;
  const bodies = new Fleet(13).bodies({ provider, signal: 'logs', bodyType: 'protobuf', records: RECORDS }, BODIES);
  const sessions: string[] = [];
  onEvent = () =>
    sessions.push(tape.text(event.start[SESSION_ID]!, event.length[SESSION_ID]! * event.slot[SESSION_ID]!));
  walk(bodies, normalizing);
  onEvent = () => undefined;
  const expected = bodies
    .flatMap((body) => runNaive(body).events.split('\n'))
    .map((line) => (JSON.parse(line) as NaiveRow)['session_id'] ?? '');
  if (JSON.stringify(sessions) !== JSON.stringify(expected))
    throw new Error(`${provider}: other sessions than the naive way`);
  await microBench({
    title: `decode and normalize ${provider} logs`,
    unit: 'records',
    unitsPerRun: BODIES * RECORDS,
    cases: [
      { name: 'tape to canonical event', run: () => walk(bodies, normalizing) },
      { name: 'objects', run: () => bodies.map((body) => naiveRows(body)) },
      { name: 'our decoding alone', run: () => walk(bodies, NO_VISITOR) },
    ],
  });
}
