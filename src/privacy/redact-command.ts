/**
 * `npm run redact -- FILE [--agent claude|codex|cursor] [--signal logs|traces|metrics|hooks]`: dry run of capture policy and
 * redaction under the settings of the environment. Prints what events_raw would keep; each place where something fired and
 * the counts per rule follow on standard error. Nothing is sent or stored.
 */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expandJsonStrings } from '../codec/json-strings.ts';
import { RawWriter } from '../codec/json-writer.ts';
import { processConfig } from '../config/process-config.ts';
import { decodeBody } from '../decode/decode.ts';
import { IngestError } from '../errors.ts';
import { PROVIDER_BY_ROUTE, SIGNALS, type Signal } from '../model/identity.ts';
import { internName } from '../model/names.ts';
import { RecordView, type RecordVisitor } from '../model/record.ts';
import { Tape } from '../model/tape.ts';
import { EventIdentity } from '../normalize/identify.ts';
import { pipelineOptions, readCustomRules } from '../server-inputs.ts';
import { markerPlaces } from './marker-places.ts';
import { Scrubber } from './scrub.ts';

const TOOL_NAME = internName('tool_name');

const { values, positionals } = parseArgs({
  options: { agent: { type: 'string' }, signal: { type: 'string' } },
  allowPositionals: true,
});
const [file] = positionals;
const signal = (values.signal ?? /logs|traces|metrics|hooks/.exec(file ?? '')?.[0]) as Signal | undefined;
const provider = PROVIDER_BY_ROUTE[values.agent ?? /claude|codex|cursor/.exec(file ?? '')?.[0] ?? 'claude'];
if (file === undefined || signal === undefined || !SIGNALS.includes(signal) || provider === undefined) {
  process.stderr.write(
    'usage: npm run redact -- FILE [--agent claude|codex|cursor] [--signal logs|traces|metrics|hooks]\n',
  );
  process.exit(2);
}

const config = processConfig();
const options = pipelineOptions(config, readCustomRules(config));
const tape = new Tape();
const view = new RecordView(tape);
const scrubber = new Scrubber(options);
const raw = new RawWriter();
const identity = new EventIdentity();
view.provider = provider;
view.signal = signal;
raw.reset(options.rawEventBytesMax);

/** The stages of the pipeline up to the raw text, in its order. */
const visitor: RecordVisitor = {
  resource() {
    expandJsonStrings(tape, 0, tape.count);
    scrubber.scrubResource(view);
    raw.resource(view);
  },
  scope() {
    expandJsonStrings(tape, 0, tape.count);
    scrubber.scrubScope(view);
    raw.scope(view);
  },
  record() {
    expandJsonStrings(tape, 0, tape.count);
    if (signal !== 'metrics') identity.read(view);
    scrubber.scrubRecord(view, signal === 'metrics' ? 0 : identity.nameId, view.attribute(TOOL_NAME));
    raw.record(view);
  },
  rejected: (reason) => raw.rejected(reason),
  resourceEnd() {},
  scopeEnd() {},
};

const sent = readFileSync(file);
const body = sent[0] === 0x1f && sent[1] === 0x8b ? gunzipSync(sent) : sent;
const bodyType = /^\s*[{[]/.test(body.subarray(0, 64).toString('latin1')) ? 'json' : 'protobuf';
const start = tape.append(body);
try {
  decodeBody(view, signal, bodyType, start, start + body.length, visitor);
} catch (error) {
  if (!(error instanceof IngestError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const length = raw.finish();
const text = Buffer.from(raw.bytes.subarray(0, length));
process.stdout.write(text);
process.stdout.write('\n');
for (const { path, marker } of markerPlaces(JSON.parse(text.toString('utf8')))) {
  process.stderr.write(`${marker}  ${path}\n`);
}
for (const [rule, count] of Object.entries(scrubber.takeRuleCounts())) process.stderr.write(`${rule}: ${count}\n`);
