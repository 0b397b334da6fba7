/**
 * The cost of privacy on the hot path: decoding records with and without scrubbing them, on clean records of each agent
 * and on records full of secrets, and the scan of one text against the plain way (all rules as regular expressions).
 */

import { expandJsonStrings } from '../../src/codec/json-strings.ts';
import { decodeBody } from '../../src/decode/decode.ts';
import { NO_CUSTOM_RULES } from '../../src/model/custom-rules.ts';
import type { Provider, Signal } from '../../src/model/identity.ts';
import { RecordView, type RecordVisitor } from '../../src/model/record.ts';
import { Tape } from '../../src/model/tape.ts';
import { LITERAL_COUNT } from '../../src/privacy/redactor.ts';
import { Scrubber } from '../../src/privacy/scrub.ts';
import { type Body, Fleet } from '../fleet.ts';
import { microBench } from '../micro-bench.ts';

const scrubber = new Scrubber({
  capturePrompts: false,
  captureOutputs: false,
  allowEventLevelOptIn: false,
  promptBytesMax: 65_536,
  outputSnippetBytesMax: 4096,
  customRules: NO_CUSTOM_RULES,
});
const tape = new Tape();
const view = new RecordView(tape);
let scopeBase = 0;
let base = 0;
let redactions = 0;

const scrubbing: RecordVisitor = {
  resource(at) {
    expandJsonStrings(tape, 0, tape.count);
    scrubber.scrubResource(at);
    scopeBase = base = tape.count;
  },
  resourceEnd() {},
  scope(at) {
    expandJsonStrings(tape, scopeBase, tape.count);
    scrubber.scrubScope(at);
    base = tape.count;
  },
  scopeEnd() {},
  record(at) {
    expandJsonStrings(tape, base, tape.count);
    scrubber.scrubRecord(at, 0, -1);
    redactions += scrubber.redactions;
  },
  rejected() {},
};
const decoding: RecordVisitor = {
  ...scrubbing,
  resource() {
    scopeBase = base = tape.count;
  },
  scope() {
    expandJsonStrings(tape, scopeBase, tape.count);
    base = tape.count;
  },
  record() {
    expandJsonStrings(tape, base, tape.count);
  },
};

function run(bodies: readonly Body[], visitor: RecordVisitor): void {
  for (const body of bodies) {
    tape.reset();
    view.provider = body.provider;
    view.signal = body.signal;
    const start = tape.append(body.bytes);
    decodeBody(view, body.signal, body.bodyType, start, start + body.bytes.length, visitor);
  }
}

const SHAPES: readonly { provider: Provider; signal: Signal; bodyType: 'json' | 'protobuf'; records: number }[] = [
  { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 100 },
  { provider: 'codex', signal: 'traces', bodyType: 'protobuf', records: 100 },
  { provider: 'claude_code', signal: 'hooks', bodyType: 'json', records: 1 },
];

console.log(`prefilter: ${LITERAL_COUNT} literals`);
for (const shape of SHAPES) {
  const bodies = new Fleet(7).bodies(shape, shape.records === 1 ? 200 : 10);
  const records = bodies.reduce((sum, body) => sum + body.records, 0);
  const bytes = bodies.reduce((sum, body) => sum + body.bytes.length, 0);
  redactions = 0;
  run(bodies, scrubbing);
  const found = redactions;
  await microBench({
    title: `scrub: ${shape.provider} ${shape.signal}, ${Math.round(bytes / records)} bytes a record, ${found} secrets in ${records}`,
    unit: 'records',
    unitsPerRun: records,
    cases: [
      { name: 'decode and scrub', run: () => run(bodies, scrubbing) },
      { name: 'decode only', run: () => run(bodies, decoding) },
    ],
  });
}
