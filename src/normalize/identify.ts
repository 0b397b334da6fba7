/**
 * What a record is, found before scrubbing: its native name, its event type, and the numbers that only its unscrubbed
 * text tells (exit code, prompt length). No text leaves this file: names are kept as node indices and read after scrubbing.
 */

import { EVENT_TYPES, type EventType, PROVIDERS, type Provider } from '../model/identity.ts';
import { internName, nameIdAt } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { CLAUDE_CODE } from './agents/claude-code.ts';
import { CODEX, isContentFreeStreamEvent } from './agents/codex.ts';
import { CURSOR, typeOfGenAiSpan } from './agents/cursor.ts';
import { exitCodeOf, promptLengthOf, reportsFailure, textLengthOf } from './derived.ts';
import { byNameId, type Dialect } from './dialect.ts';

const DIALECTS: Readonly<Record<Provider, Dialect>> = { claude_code: CLAUDE_CODE, codex: CODEX, cursor: CURSOR };

/** The route's own dialect first, then what only the others know: bridges and custom hooks mix names. */
function merged(provider: Provider, part: 'logs' | 'spans' | 'hooks'): ReadonlyMap<number, EventType> {
  const all = PROVIDERS.filter((other) => other !== provider).map((other) => DIALECTS[other][part]);
  return byNameId(Object.assign({}, ...all, DIALECTS[provider][part]) as Record<string, EventType>);
}

type Tables = Readonly<Record<'logs' | 'spans' | 'hooks', ReadonlyMap<number, EventType>>>;
const tablesOf = (provider: Provider): Tables => ({
  logs: merged(provider, 'logs'),
  spans: merged(provider, 'spans'),
  hooks: merged(provider, 'hooks'),
});
const TABLES: Readonly<Record<Provider, Tables>> = {
  claude_code: tablesOf('claude_code'),
  codex: tablesOf('codex'),
  cursor: tablesOf('cursor'),
};

const EVENT_NAME = internName('event.name');
const EVENT_NAME_FIELD = internName('event_name');
const HOOK_EVENT_NAME = internName('hook_event_name');
const HOOK = internName('hook');
const CURSOR_HOOK_NAME = internName('cursor.hook.name');
const TOOL_IO_DIRECTION = internName('cursor.conversation.tool_io.direction');
const MESSAGE_MARKS = ['cursor.conversation.message.id', 'cursor.conversation.provenance'].map(internName);
const USER_MESSAGE = internName('conversation.user_message');
const TOOL_IO = internName('conversation.tool_io');
const MESSAGES = [USER_MESSAGE, internName('conversation.assistant_message'), TOOL_IO];
const PREFIXES = ['claude_code.', 'codex.', 'cursor ']
  .map((prefix) => Buffer.from(prefix))
  .concat(Buffer.from('cursor.'));
const SOURCE_LOCATION = Buffer.from('event ');
const BODY_NAME_BYTES_MAX = 80;

/** Numbers of the constants for event types, by type. */
export const TYPE_IDS: Readonly<Record<EventType, number>> = Object.fromEntries(
  EVENT_TYPES.map((type) => [type, internName(type)]),
) as Record<EventType, number>;

export class EventIdentity {
  type: EventType = 'other';
  /** Number of the name without the agent's prefix (spans: the whole name); 0 when unknown. */
  nameId = 0;
  /** Node that holds the native name, -1 when the record has none. */
  nameNode = -1;
  /** NaN when no output tells one. */
  exitCode = Number.NaN;
  /** A tool's result says itself that it failed. */
  reportsFailure = false;
  /** Length in UTF-16 units of a prompt that carries no length of its own; NaN when there is none. */
  promptLength = Number.NaN;
  /** The body of the record is a text of the conversation. */
  isMessage = false;
  isContentFreeStreamEvent = false;

  /** Reads the view; call after JSON strings are expanded and before scrubbing. */
  read(view: RecordView): void {
    this.nameNode = nameNodeOf(view);
    this.nameId = this.nameNode < 0 ? 0 : bareNameId(view, this.nameNode);
    this.isMessage = false;
    if (view.signal === 'logs' && view.provider === 'cursor') this.readCursorMessage(view);
    const tables = TABLES[view.provider];
    if (view.signal === 'traces') this.type = typeOfSpan(view, tables.spans, this.nameId);
    else {
      const known = (view.signal === 'hooks' ? tables.hooks : tables.logs).get(this.nameId) ?? 'other';
      this.type = DIALECTS[view.provider].refine?.(view, this.nameId, known) ?? known;
    }
    this.isContentFreeStreamEvent = view.provider === 'codex' && isContentFreeStreamEvent(view, this.nameId);
    this.exitCode = this.type === 'tool_result' ? exitCodeOf(view) : Number.NaN;
    this.reportsFailure = this.type === 'tool_result' && reportsFailure(view);
    this.promptLength = this.type === 'user_prompt' || this.type === 'turn_end' ? promptLengthOf(view) : Number.NaN;
    if (this.isMessage && this.type === 'user_prompt') this.promptLength = textLengthOf(view.tape, view.body);
  }

  /**
   * Native Cursor messages have the text itself as body; without a name their attributes tell them. A message of one word
   * (`stop`) is no name.
   */
  private readCursorMessage(view: RecordView): void {
    this.isMessage = MESSAGES.includes(this.nameId) && this.nameNode !== view.body;
    if (this.isMessage || (this.nameNode >= 0 && this.nameNode !== view.body)) return;
    if (view.attribute(TOOL_IO_DIRECTION) >= 0) this.nameId = TOOL_IO;
    else if (MESSAGE_MARKS.some((mark) => view.attribute(mark) >= 0)) this.nameId = USER_MESSAGE;
    else return;
    this.nameNode = -1;
    this.isMessage = true;
  }
}

function typeOfSpan(view: RecordView, spans: ReadonlyMap<number, EventType>, nameId: number): EventType {
  const known = spans.get(nameId) ?? typeOfGenAiSpan(view);
  return DIALECTS[view.provider].refine?.(view, nameId, known) ?? known;
}

function nameNodeOf(view: RecordView): number {
  const { tape } = view;
  if (view.signal === 'traces') return view.name;
  if (view.signal === 'hooks') {
    const given = stringField(view, HOOK_EVENT_NAME);
    if (given >= 0) return given;
    const hook = stringField(view, HOOK);
    return hook >= 0 ? hook : stringField(view, EVENT_NAME_FIELD);
  }
  const named = stringField(view, EVENT_NAME);
  if (named >= 0) return named;
  // Codex writes a source location ("event otel/src/…:1200") into the record's event_name.
  if (view.name >= 0 && tape.length[view.name]! > 0 && !startsWith(tape, view.name, SOURCE_LOCATION)) return view.name;
  const given = stringField(view, EVENT_NAME_FIELD);
  if (isNameLike(tape, given)) return given;
  const body = isNameLike(tape, view.body) ? view.body : -1;
  // Cursor's own export names the event in the body, a bridge names the hook that it forwards.
  const hook = stringField(view, CURSOR_HOOK_NAME);
  if (hook < 0 || bareNameId(view, hook) === 0) return body;
  return body >= 0 && TABLES[view.provider].logs.has(bareNameId(view, body)) ? body : hook;
}

function stringField(view: RecordView, keyId: number): number {
  const { tape } = view;
  const found = view.attribute(keyId);
  return found >= 0 && tape.kind[found] === Kind.STRING && tape.length[found]! > 0 ? found : -1;
}

/** A body names the event when it is one short word; prose is text. */
function isNameLike(tape: Tape, node: number): boolean {
  if (node < 0 || tape.kind[node] !== Kind.STRING) return false;
  const length = tape.length[node]!;
  if (length === 0 || length > BODY_NAME_BYTES_MAX) return false;
  const start = tape.start[node]!;
  for (let index = start; index < start + length; index++) {
    const byte = tape.bytes[index]!;
    const isWord = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
    if (!isWord && byte !== 0x5f && byte !== 0x2e && byte !== 0x2d) return false;
  }
  return true;
}

function startsWith(tape: Tape, node: number, prefix: Uint8Array): boolean {
  if (tape.length[node]! < prefix.length) return false;
  const start = tape.start[node]!;
  for (let index = 0; index < prefix.length; index++) if (tape.bytes[start + index] !== prefix[index]) return false;
  return true;
}

function bareNameId(view: RecordView, node: number): number {
  const { tape } = view;
  let start = tape.start[node]!;
  let length = tape.length[node]!;
  if (view.signal === 'logs') {
    const prefix = PREFIXES.find((candidate) => startsWith(tape, node, candidate));
    if (prefix !== undefined) {
      start += prefix.length;
      length -= prefix.length;
    }
  }
  return nameIdAt(tape.bytes, start, length);
}
