/**
 * Codex names the conversation on few of a turn's 670 spans, and the model on others than the one with the tokens. A
 * first walk over the body collects both by trace id, so that the second walk can fill what is missing.
 */

import { decodeBody } from '../decode/decode.ts';
import { UNKNOWN_STRING_BYTES_MAX } from '../limits.ts';
import { internName, nameIdAt } from '../model/names.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { sameSpan } from '../normalize/values.ts';

const CONVERSATION_ID = internName('conversation.id');
/** Releases up to 0.160 name the conversation on spans by these alone; `thread.id` is also the number of the OS thread. */
const THREAD_IDS = [internName('thread.id'), internName('thread_id')];
const MODEL = internName('model');
/** The spans around a call whose `model` is the one that is called; `get_model_info` asks about others too. */
const SAMPLING = new Set(
  ['session_task.turn', 'run_sampling_request', 'try_run_sampling_request', 'model_client.stream_responses_api'].map(
    internName,
  ),
);
const SLASH = 0x2f;
const UUID_LENGTH = 36;
/** Traces in one request that are remembered; real requests hold a handful. */
const TRACES_MAX = 4096;

export interface TextSpan {
  readonly start: number;
  readonly length: number;
}

/** By trace id (16 bytes as Latin-1 text). Spans of the workspace, not yet scrubbed. */
export interface TraceFacts {
  readonly sessions: ReadonlyMap<string, TextSpan>;
  /** Of length 0 where calls of several models share the trace. */
  readonly models: ReadonlyMap<string, TextSpan>;
}

const AMBIGUOUS: TextSpan = { start: 0, length: 0 };

/** The map's key for the record under the cursor. */
export function traceKey(view: RecordView): string {
  const { tape } = view;
  return Buffer.from(tape.bytes.buffer, view.traceIdStart, view.traceIdLength).toString('latin1');
}

class FactCollector implements RecordVisitor {
  readonly conversations = new Map<string, TextSpan>();
  readonly threads = new Map<string, TextSpan>();
  readonly models = new Map<string, TextSpan>();

  record(view: RecordView): void {
    if (view.traceIdLength !== 16 || view.attributes < 0) return;
    const { tape, attributes, name } = view;
    const session = idAt(tape, tape.child(attributes, CONVERSATION_ID), 0);
    if (session !== undefined) this.addConversation(traceKey(view), session);
    else this.addThread(view);
    if (name < 0 || !SAMPLING.has(nameIdAt(tape.bytes, tape.start[name]!, tape.length[name]!))) return;
    const model = idAt(tape, tape.child(attributes, MODEL), SLASH);
    if (model !== undefined) addUnambiguous(this.models, tape, traceKey(view), model);
  }

  private addConversation(key: string, session: TextSpan): void {
    if (this.conversations.size < TRACES_MAX && !this.conversations.has(key)) this.conversations.set(key, session);
  }

  private addThread(view: RecordView): void {
    const { tape, attributes } = view;
    for (const name of THREAD_IDS) {
      const thread = idAt(tape, tape.child(attributes, name), 0);
      if (thread !== undefined && isUuid(tape.bytes, thread)) {
        addUnambiguous(this.threads, tape, traceKey(view), thread);
      }
    }
  }

  resource(): void {}
  resourceEnd(): void {}
  scope(): void {}
  scopeEnd(): void {}
  rejected(): void {}
}

/** A trace that names two different texts has none. */
function addUnambiguous(facts: Map<string, TextSpan>, tape: Tape, key: string, text: TextSpan): void {
  const known = facts.get(key);
  if (known === undefined) {
    if (facts.size < TRACES_MAX) facts.set(key, text);
  } else if (known.length !== text.length || !sameSpan(tape, known.start, text.start, text.length)) {
    facts.set(key, AMBIGUOUS);
  }
}

function isUuid(bytes: Uint8Array, { start, length }: TextSpan): boolean {
  const dash = 0x2d;
  return length === UUID_LENGTH && [8, 13, 18, 23].every((offset) => bytes[start + offset] === dash);
}

function idAt(tape: Tape, node: number, extra: number): TextSpan | undefined {
  if (node < 0 || tape.kind[node] !== Kind.STRING) return undefined;
  const start = tape.start[node]!;
  const length = tape.length[node]!;
  return isId(tape.bytes, start, length, extra) ? { start, length } : undefined;
}

/** Letters, digits, `-._:` and the byte `extra` only: any other text (prose, JSON, a patch) could be one that the capture rule withholds. */
function isId(bytes: Uint8Array, start: number, length: number, extra: number): boolean {
  if (length === 0 || length > UNKNOWN_STRING_BYTES_MAX) return false;
  for (let index = start; index < start + length; index++) {
    const byte = bytes[index]!;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    const isMark = byte === 0x2d || byte === 0x2e || byte === 0x5f || byte === 0x3a || (byte === extra && extra !== 0);
    if (!isDigit && !isLetter && !isMark) return false;
  }
  return true;
}

/** Walks the body once; throws as decodeBody does. */
export function readTraceFacts(
  view: RecordView,
  bodyType: 'json' | 'protobuf',
  start: number,
  end: number,
): TraceFacts {
  const collector = new FactCollector();
  decodeBody(view, 'traces', bodyType, start, end, collector);
  view.tape.count = 0;
  const { conversations, threads, models } = collector;
  return { sessions: new Map([...threads, ...conversations]), models };
}
