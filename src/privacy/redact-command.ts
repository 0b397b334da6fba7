/**
 * `npm run redact -- FILE [--agent claude|codex|cursor] [--signal logs|traces|metrics|hooks]`: dry run of capture policy and
 * redaction under the settings of the environment. Prints what events_raw would keep; each place where something fired and
 * the counts per rule follow on standard error. Nothing is sent or stored. Ends with 2 and one line when it cannot.
 */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expandJsonStrings } from '../codec/json-strings.ts';
import { RawWriter } from '../codec/json-writer.ts';
import { ConfigError } from '../config/load-config.ts';
import { processConfig } from '../config/process-config.ts';
import { decodeBody } from '../decode/decode.ts';
import { IngestError } from '../errors.ts';
import { PROVIDER_BY_ROUTE, type Provider, SIGNALS, type Signal } from '../model/identity.ts';
import { internName } from '../model/names.ts';
import { RecordView, type RecordVisitor } from '../model/record.ts';
import { Tape } from '../model/tape.ts';
import { EventIdentity } from '../normalize/identify.ts';
import { pipelineOptions, readCustomRules } from '../server-inputs.ts';
import { type MarkerPlace, markerPlaces } from './marker-places.ts';
import { Scrubber } from './scrub.ts';

const TOOL_NAME = internName('tool_name');
const AGENTS: ReadonlyMap<string, Provider> = new Map(Object.entries(PROVIDER_BY_ROUTE));
const AGENT_ASSUMED = 'claude';
const USAGE = `usage: npm run redact -- FILE [--agent ${[...AGENTS.keys()].join('|')}] [--signal ${SIGNALS.join('|')}]`;
const LINE_FEED = 0x0a;
const SIGNAL_BY_KEY: Readonly<Record<string, Signal>> = {
  resourceLogs: 'logs',
  resourceSpans: 'traces',
  resourceMetrics: 'metrics',
};

/** A problem that the person at the terminal can mend; its message holds no payload. */
class DryRunError extends Error {}

interface Asked {
  readonly file: string;
  readonly provider: Provider;
  /** Neither an option nor the file's name tells the provider. */
  readonly isAssumed: boolean;
  /** Undefined when neither an option nor the file's name tells it. */
  readonly signal: Signal | undefined;
}

/** Agent and signal come from the file's name where they are not given; its folders say nothing about the body. */
function readArguments(): Asked {
  let parsed: { values: { agent?: string; signal?: string }; positionals: string[] };
  try {
    parsed = parseArgs({
      options: { agent: { type: 'string' }, signal: { type: 'string' } },
      allowPositionals: true,
    });
  } catch {
    throw new DryRunError(USAGE);
  }
  const { values, positionals } = parsed;
  const [file = ''] = positionals;
  const name = basename(file);
  const signal = values.signal ?? /logs|traces|metrics|hooks/.exec(name)?.[0];
  const agent = values.agent ?? [...AGENTS.keys()].find((word) => name.includes(word));
  const provider = AGENTS.get(agent ?? AGENT_ASSUMED);
  const isKnown = signal === undefined || (SIGNALS as readonly string[]).includes(signal);
  if (file === '' || positionals.length > 1 || !isKnown || provider === undefined) throw new DryRunError(USAGE);
  return { file, provider, isAssumed: agent === undefined, signal: signal as Signal | undefined };
}

/** The signal of a JSON body by the key that only its kind of request has; another object or list is of hooks. */
function signalOf(body: Buffer, file: string): Signal {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const found = Object.entries(SIGNAL_BY_KEY).find(([key]) => Object.hasOwn(Object(parsed), key));
    return found?.[1] ?? 'hooks';
  } catch {
    throw new DryRunError(
      `neither the name nor the text of ${file} tells its signal: add --signal ${SIGNALS.join('|')}`,
    );
  }
}

/** The request body in the file, unpacked when it is gzip. */
function readBody(file: string, bytesMax: number): Buffer {
  let sent: Buffer;
  try {
    sent = readFileSync(file);
  } catch (error) {
    throw new DryRunError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
  if (sent[0] !== 0x1f || sent[1] !== 0x8b) return sent;
  try {
    return gunzipSync(sent, { maxOutputLength: bytesMax });
  } catch {
    throw new DryRunError(`${file} is gzip that is damaged or unpacks to more than MODA_MAX_DECODED_BYTES`);
  }
}

/** A protobuf request begins with a line feed, its field 1; the length behind it may look like a bracket. */
function bodyTypeOf(body: Buffer): 'json' | 'protobuf' {
  if (!/^\s*[{[]/.test(body.toString('latin1', 0, 64))) return 'protobuf';
  if (body[0] !== LINE_FEED) return 'json';
  try {
    JSON.parse(body.toString('utf8'));
    return 'json';
  } catch {
    return 'protobuf';
  }
}

class DryRun {
  private readonly tape = new Tape();
  private readonly view = new RecordView(this.tape);
  private readonly raw = new RawWriter();
  private readonly identity = new EventIdentity();
  private readonly scrubber: Scrubber;
  private readonly signal: Signal;

  constructor(provider: Provider, signal: Signal, scrubber: Scrubber, rawEventBytesMax: number) {
    this.signal = signal;
    this.scrubber = scrubber;
    this.view.provider = provider;
    this.view.signal = signal;
    this.raw.reset(rawEventBytesMax);
  }

  /** The raw text of the body. Throws `IngestError` when it does not decode. */
  run(body: Buffer): string {
    const start = this.tape.append(body);
    decodeBody(this.view, this.signal, bodyTypeOf(body), start, start + body.length, this.visitor());
    const length = this.raw.finish(this.view);
    return Buffer.from(this.raw.bytes.subarray(0, length)).toString('utf8');
  }

  /** The stages of the pipeline up to the raw text, in its order. */
  private visitor(): RecordVisitor {
    const { tape, view, raw, scrubber, identity } = this;
    const isMetrics = this.signal === 'metrics';
    return {
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
        if (!isMetrics) identity.read(view);
        scrubber.scrubRecord(view, isMetrics ? 0 : identity.nameId, isMetrics ? -1 : view.attribute(TOOL_NAME));
        raw.record(view);
      },
      rejected: (reason) => raw.rejected(reason),
      resourceEnd() {},
      scopeEnd() {},
    };
  }
}

/** Where markers stand; a text that was cut at MODA_RAW_EVENT_MAX_BYTES is no JSON any more. */
function placesIn(text: string): MarkerPlace[] {
  try {
    return markerPlaces(JSON.parse(text));
  } catch {
    return [];
  }
}

function main(): void {
  const { file, provider, isAssumed, signal } = readArguments();
  const config = processConfig();
  const options = pipelineOptions(config, readCustomRules(config));
  const scrubber = new Scrubber(options);
  const body = readBody(file, options.decodedBytesMax);
  const text = new DryRun(provider, signal ?? signalOf(body, file), scrubber, options.rawEventBytesMax).run(body);
  process.stdout.write(`${text}\n`);
  const fired = placesIn(text).map(({ path, marker }) => `${marker}  ${path}\n`);
  const counts = Object.entries(scrubber.takeRuleCounts()).map(([rule, count]) => `${rule}: ${count}\n`);
  // Prompts of Claude Code's exporter are kept where another agent's are not: a wrong guess must show.
  const note = isAssumed ? [`read as ${AGENT_ASSUMED}'s; --agent names another agent\n`] : [];
  process.stderr.write([...note, ...fired, ...counts].join(''));
}

// A reader that has seen enough, such as `head`, ends the output, not the command with a stack.
process.stdout.on('error', () => process.exit(0));
process.stderr.on('error', () => process.exit(0));
try {
  main();
} catch (error) {
  const isExpected = error instanceof DryRunError || error instanceof IngestError || error instanceof ConfigError;
  if (!isExpected) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
