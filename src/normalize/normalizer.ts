/**
 * Scrubbed record → canonical event: columns by the table of names, then what each kind of record adds, then everything
 * else into `attributes`. Runs after scrubbing; what needed unscrubbed text is in the EventIdentity.
 */

import { type CanonicalEvent, Slot } from '../model/event.ts';
import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { COLUMN } from './columns.ts';
import { convert, Fit } from './convert.ts';
import { type EventIdentity, TYPE_IDS } from './identify.ts';
import { OuterEntries } from './outer-entries.ts';
import { eventTimeMicros, fillSpan, MICROS_MAX, MICROS_MIN } from './record-fields.ts';
import { consumedKeys, fillDecision, statusWord } from './roles.ts';
import { mapSkillScope } from './skill-scope.ts';
import { Scope, Slots } from './slots.ts';
import { fillToolFields, isMcpHook } from './tool-fields.ts';
import { constantSpan, span, textOf, writeAscii } from './values.ts';

const TRUE = internName('true');
const PROMPT_MARKER = internName('prompt_text_redacted');
const OUTPUT_MARKER = internName('output_snippet_redacted');
const REDACTIONS = internName('redactions');
const TIME_CLAMPED = internName('moda.timestamp_clamped');
const SOURCE = internName('source');
const SERVER_NAME = internName('server_name');
const WORKSPACE_ROOTS = internName('workspace_roots');
const SUPPRESSED_PREFIX = ['[SUPPRESSED:text:', '[SUPPRESSED:prompt:', '[SUPPRESSED:output:'] as const;

export interface NormalizeOptions {
  readonly promptBytesMax: number;
  readonly outputSnippetBytesMax: number;
  readonly dropStreamEvents: boolean;
  readonly dropInternalSpans: boolean;
}

/** What scrubbing found in this record. */
export interface ScrubOutcome {
  readonly promptSuppressed: boolean;
  readonly outputSuppressed: boolean;
  readonly redactions: number;
}

export class Normalizer {
  private readonly options: NormalizeOptions;
  private readonly resourceSlots = new Slots();
  private readonly scopeSlots = new Slots();
  /** The scope's, and behind them those of the prefix that its records share. */
  private readonly prefixSlots = new Slots();
  private prefixSerial = 0;
  private readonly slots = new Slots();
  private readonly outerEntries = new OuterEntries();
  /** Of resource, scope and prefix together; 0 until the scope's second record. */
  private outerVersion = 0;
  private versions = 0;
  private recordsOfScope = 0;

  constructor(options: NormalizeOptions) {
    this.options = options;
  }

  /** Forgets the request before: hooks have neither resource nor scope that would replace what it left. */
  beginRequest(): void {
    this.resourceSlots.clear();
    this.scopeSlots.clear();
    this.forgetShared();
  }

  beginResource(view: RecordView): void {
    this.resourceSlots.clear();
    this.resourceSlots.addAll(view.tape, view.resourceAttributes, Scope.RESOURCE);
  }

  beginScope(view: RecordView): void {
    this.scopeSlots.copyFrom(this.resourceSlots);
    this.scopeSlots.addAll(view.tape, view.scopeAttributes, Scope.SCOPE);
    this.forgetShared();
  }

  private forgetShared(): void {
    this.prefixSerial = 0;
    this.outerVersion = 0;
    this.recordsOfScope = 0;
  }

  /** Fills `event`; false when a setting drops this record from the normalized table. */
  normalize(
    view: RecordView,
    identity: EventIdentity,
    scrub: ScrubOutcome,
    receivedMs: number,
    event: CanonicalEvent,
  ): boolean {
    if (identity.isContentFreeStreamEvent && this.options.dropStreamEvents) return false;
    if (identity.type === 'span' && view.provider === 'codex' && this.options.dropInternalSpans) return false;
    const { tape } = view;
    event.clear();
    const outer = this.enterAttributes(view);
    this.fillColumns(tape, identity.nameId, event);
    constantSpan(TYPE_IDS[identity.type]);
    event.setSpan(COLUMN.eventType, span.start, span.length);
    if (identity.nameNode >= 0 && textOf(tape, identity.nameNode)) {
      event.setSpan(COLUMN.eventName, span.start, span.length);
    } else if (identity.nameId !== 0) {
      constantSpan(identity.nameId);
      event.setSpan(COLUMN.eventName, span.start, span.length);
    }
    this.fillTime(view, receivedMs, event);
    if (view.signal === 'traces' || view.traceIdLength === 16) fillSpan(view, event);
    this.fillByType(view, identity, event);
    this.clipTexts(tape, event);
    this.fillAttributes(view, outer, event);
    this.fillMarkers(tape, scrub, event);
    return true;
  }

  /** Enters what the record has of its own; what it shares with the records before it is returned. */
  private enterAttributes(view: RecordView): Slots {
    const { tape, attributes, prefixEnd, prefixSerial } = view;
    if (prefixSerial !== this.prefixSerial) {
      this.prefixSerial = prefixSerial;
      this.outerVersion = 0;
      if (prefixSerial !== 0) {
        this.prefixSlots.copyFrom(this.scopeSlots);
        this.prefixSlots.addSome(tape, attributes + 1, prefixEnd, Scope.RECORD);
      }
    }
    const outer = prefixSerial === 0 ? this.scopeSlots : this.prefixSlots;
    this.slots.takeColumns(outer);
    if (prefixSerial === 0) this.slots.addAll(tape, attributes, Scope.RECORD);
    else this.slots.addSome(tape, prefixEnd, tape.next[attributes]!, Scope.RECORD);
    return outer;
  }

  private fillColumns(tape: Tape, nameId: number, event: CanonicalEvent): void {
    const { slots } = this;
    const extra = isMcpHook(nameId) ? COLUMN.command : -1;
    for (let index = 0; index < slots.touchedCount; index++) {
      const column = slots.touched[index]!;
      const node = slots.best[column]!;
      if (column === extra || convert(tape, event, column, node) !== Fit.TAKEN) slots.extras.add(node);
    }
  }

  private fillTime(view: RecordView, receivedMs: number, event: CanonicalEvent): void {
    const micros = eventTimeMicros(view, receivedMs * 1000);
    const clamped = Math.min(Math.max(micros, MICROS_MIN), MICROS_MAX);
    event.setNumber(COLUMN.timestamp, clamped);
    if (clamped !== micros) this.addConstant(event, TIME_CLAMPED, TRUE);
  }

  private fillByType(view: RecordView, identity: EventIdentity, event: CanonicalEvent): void {
    const { tape } = view;
    switch (identity.type) {
      case 'tool_start':
      case 'tool_result':
      case 'permission_request':
      case 'permission_decision':
      case 'span':
      case 'file_edit':
        fillToolFields(view, identity.nameId, event);
        break;
      case 'mcp_connection':
        this.fillFrom(tape, event, COLUMN.mcpServer, view.attribute(SERVER_NAME));
        break;
      default:
        if (event.slot[COLUMN.toolName] !== Slot.EMPTY) fillToolFields(view, identity.nameId, event);
    }
    if (identity.isMessage) {
      const column = identity.type === 'user_prompt' ? COLUMN.promptText : COLUMN.outputSnippet;
      if (event.slot[column] === Slot.EMPTY && view.body >= 0) convert(tape, event, column, view.body);
    }
    if (identity.type === 'permission_decision') {
      this.fillFrom(tape, event, COLUMN.decisionSource, view.attribute(SOURCE));
      fillDecision(identity, event);
    }
    if (event.slot[COLUMN.skillScope] === Slot.SPAN) mapSkillScope(tape, event);
    if (event.slot[COLUMN.cwd] === Slot.EMPTY) this.fillCwd(tape, event, view.attribute(WORKSPACE_ROOTS));
    if (event.slot[COLUMN.promptLength] === Slot.EMPTY && !Number.isNaN(identity.promptLength)) {
      event.setNumber(COLUMN.promptLength, identity.promptLength);
    }
    this.fillOutcome(view, identity, event);
  }

  /** Success: the agent's word, then a status word, then what the event's name says; an exit code overrules them all. */
  private fillOutcome(view: RecordView, identity: EventIdentity, event: CanonicalEvent): void {
    const { tape } = view;
    if (event.slot[COLUMN.success] === Slot.EMPTY) {
      const word = statusWord(view, identity);
      // What the agent said and was not understood is no success.
      const isUnclear = this.slots.best[COLUMN.success]! >= 0;
      if (word === 0 || (word === 1 && !isUnclear)) event.setNumber(COLUMN.success, word);
    }
    if (!Number.isInteger(identity.exitCode) || Math.abs(identity.exitCode) > 0x7fffffff) return;
    event.setNumber(COLUMN.exitCode, identity.exitCode);
    if (identity.exitCode === 0) return;
    const given = this.slots.best[COLUMN.success]!;
    if (given >= 0 && tape.kind[given] !== Kind.FALSE) this.slots.extras.add(given);
    event.setNumber(COLUMN.success, 0);
  }

  private fillFrom(tape: Tape, event: CanonicalEvent, column: number, node: number): void {
    if (node < 0 || event.slot[column] !== Slot.EMPTY) return;
    if (tape.kind[node] === Kind.STRING && textOf(tape, node)) event.setSpan(column, span.start, span.length);
  }

  private fillCwd(tape: Tape, event: CanonicalEvent, roots: number): void {
    if (roots >= 0 && tape.kind[roots] === Kind.ARRAY && tape.length[roots]! > 0) {
      this.fillFrom(tape, event, COLUMN.cwd, roots + 1);
    }
  }

  private clipTexts(tape: Tape, event: CanonicalEvent): void {
    clip(tape, event, COLUMN.promptText, this.options.promptBytesMax);
    clip(tape, event, COLUMN.outputSnippet, this.options.outputSnippetBytesMax);
  }

  /** Everything without a column; of the same key in several scopes the innermost stands. */
  private fillAttributes(view: RecordView, outer: Slots, event: CanonicalEvent): void {
    const { tape } = view;
    const used = consumedKeys(view.signal);
    const { nodes, count } = this.slots.extras;
    for (let index = count - 1; index >= 0; index--) addExtra(tape, event, nodes[index]!, used, 0);
    const isShort = event.mapCount + outer.extras.count <= SHADOW_CHECK_MAX;
    if (isShort && this.outerVersion !== 0 && this.outerEntries.addTo(event, this.outerVersion)) return;
    const own = event.mapCount;
    let isWhole = true;
    for (let index = outer.extras.count - 1; index >= 0; index--) {
      if (addExtra(tape, event, outer.extras.nodes[index]!, used, own)) isWhole = false;
    }
    this.recordsOfScope++;
    if (!isShort || !isWhole || this.outerVersion !== 0 || this.recordsOfScope < 2) return;
    this.outerVersion = this.versions = (this.versions + 1) | 0 || 1;
    this.outerEntries.keep(tape, event, own, this.outerVersion);
  }

  private fillMarkers(tape: Tape, scrub: ScrubOutcome, event: CanonicalEvent): void {
    if (scrub.promptSuppressed) this.addConstant(event, PROMPT_MARKER, TRUE);
    if (scrub.outputSuppressed) this.addConstant(event, OUTPUT_MARKER, TRUE);
    if (scrub.redactions === 0) return;
    writeAscii(tape, String(scrub.redactions));
    const { start, length } = span;
    constantSpan(REDACTIONS);
    event.addAttribute(span.start, span.length, start, length);
  }

  private addConstant(event: CanonicalEvent, key: number, value: number): void {
    constantSpan(value);
    const { start, length } = span;
    constantSpan(key);
    event.addAttribute(span.start, span.length, start, length);
  }
}

/** Over this many entries duplicates stay: the check is quadratic, and a Map may hold a key twice. */
const SHADOW_CHECK_MAX = 256;

/** Adds an attribute to the map, unless its key is used up; true when one of the first `own` entries shadows it. */
function addExtra(tape: Tape, event: CanonicalEvent, node: number, used: Uint8Array, own: number): boolean {
  if (used[tape.keyId[node]!] === 1) return false;
  const other = entryOfKey(tape, event, node);
  if (other >= 0) return other < own;
  if (!textOf(tape, node) && !suppressedText(tape, node)) return false;
  const memo = tape.changed[node] === 0 ? tape.memo[node]! : 0;
  event.addAttribute(tape.keyStart[node]!, tape.keyLength[node]!, span.start, span.length, tape.keyHash[node]!, memo);
  return false;
}

/** The entry with the same key that stands in the map already, or -1 (extras are read from the innermost scope outwards). */
function entryOfKey(tape: Tape, event: CanonicalEvent, node: number): number {
  if (event.mapCount > SHADOW_CHECK_MAX) return -1;
  const start = tape.keyStart[node]!;
  const length = tape.keyLength[node]!;
  const hash = tape.keyHash[node]!;
  const { bytes } = tape;
  const { mapKeyHash } = event;
  for (let index = 0; index < event.mapCount; index++) {
    if (mapKeyHash[index] !== hash || event.mapKeyLength[index] !== length) continue;
    const other = event.mapKeyStart[index]!;
    let same = 0;
    while (same < length && bytes[start + same] === bytes[other + same]) same++;
    if (same === length) return index;
  }
  return -1;
}

function suppressedText(tape: Tape, node: number): boolean {
  if (tape.kind[node] !== Kind.SUPPRESSED) return false;
  writeAscii(tape, `${SUPPRESSED_PREFIX[tape.start[node]!] ?? SUPPRESSED_PREFIX[0]}${tape.length[node]}]`);
  return true;
}

/** Cuts a text column at a character boundary. */
function clip(tape: Tape, event: CanonicalEvent, column: number, bytesMax: number): void {
  if (event.slot[column] !== Slot.SPAN || event.length[column]! <= bytesMax) return;
  let end = event.start[column]! + bytesMax;
  while (end > event.start[column]! && (tape.bytes[end]! & 0xc0) === 0x80) end--;
  event.length[column] = end - event.start[column]!;
}
