/**
 * Scrubs one value of a record and all below it, in place: the field's class decides whether a text is kept, shortened
 * or withheld, the redactor takes secrets out of what is kept. State of the record under way; see scrub.ts.
 */

import { MEMO_SHIFT, Memo, memoWords } from '../codec/attribute-memory.ts';
import { OPEN_OBJECT } from '../codec/json-bytes.ts';
import { writePlainJson } from '../codec/json-writer.ts';
import { cutAtCharacter } from '../codec/utf8.ts';
import { ERROR_LINE_BYTES_MAX, UNKNOWN_STRING_BYTES_MAX } from '../limits.ts';
import { internName } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { embeddedClass } from './embedded-json.ts';
import { errorText } from './error-text.ts';
import type { FieldTable } from './field-table.ts';
import { FieldClass, type FieldClassValue } from './fields.ts';
import { KeyMemory } from './key-memory.ts';
import { inheritedKind, KeyKind, type KeyKindValue } from './key-names.ts';
import { SuppressedClass } from './marker.ts';
import { MetadataFilter } from './metadata-filter.ts';
import { kindByNeighbour } from './neighbours.ts';
import { firstLineLength, isPlaceholder } from './plain-text.ts';
import type { Redactor } from './redactor.ts';
import { scrubKey } from './scrub-key.ts';
import { suppressTree } from './suppress.ts';
import { ValueMemory } from './value-memory.ts';

const COMMAND_KEYS = new Set(['command', 'cmd', 'full_command', 'bash_command', 'shell_command'].map(internName));
const NONE = FieldClass.UNKNOWN;
/** Room for four states of each table below a scrubber's serial. */
const SERIAL_SHIFT = 14;
let scrubbersMade = 0;

export class ValueScrubber {
  promptSuppressed = false;
  outputSuppressed = false;
  redactions = 0;
  /** Decisions of the capture rule for the record under way. */
  capturesPrompts = false;
  capturesOutputs = false;
  /** The record's tool takes a patch as its command. */
  isPatchTool = false;

  readonly redactor: Redactor;
  private readonly keys: KeyMemory;
  private readonly metadata: MetadataFilter;
  /** Tells scrubbers apart in the memory of attributes, which all of a thread share. */
  private readonly serial = ++scrubbersMade;
  private readonly bodies = new ValueMemory();
  /** What the key of the node under way says of its value. */
  private keyKind: KeyKindValue = KeyKind.NONE;
  private readonly promptBytesMax: number;
  private readonly outputBytesMax: number;

  constructor(redactor: Redactor, promptBytesMax: number, outputBytesMax: number) {
    this.redactor = redactor;
    this.keys = new KeyMemory(redactor);
    this.metadata = new MetadataFilter(redactor);
    this.promptBytesMax = promptBytesMax;
    this.outputBytesMax = outputBytesMax;
  }

  /** Another resource begins. */
  beginResource(): void {
    this.metadata.beginResource();
    this.bodies.forgive();
  }

  /** Forgets the flags and counts of the last record. */
  begin(capturesPrompts: boolean, capturesOutputs: boolean): void {
    this.promptSuppressed = this.outputSuppressed = this.isPatchTool = false;
    this.redactions = 0;
    this.capturesPrompts = capturesPrompts;
    this.capturesOutputs = capturesOutputs;
  }

  /** A member of a list of attributes, or of a container of which nothing special is known. */
  scrubMember(tape: Tape, node: number, table: FieldTable): boolean {
    if (this.isPatchTool) return this.scrubUnknown(tape, node, table);
    const memo = tape.memo[node]!;
    if (memo === 0) return !this.metadata.isClean(tape, node, table) && this.scrubUnknown(tape, node, table);
    // An attribute that was left alone is left alone again under the same table and the same decisions.
    const decisions = (this.capturesPrompts ? 2 : 0) + (this.capturesOutputs ? 1 : 0);
    const state = (this.serial << SERIAL_SHIFT) + table.serial * 4 + decisions;
    const word = (memo << MEMO_SHIFT) + Memo.CLEAN_STATE;
    if (memoWords[word] === state) return false;
    if (!this.metadata.isClean(tape, node, table) && this.scrubUnknown(tape, node, table)) return true;
    memoWords[word] = state;
    return false;
  }

  private scrubUnknown(tape: Tape, node: number, table: FieldTable): boolean {
    this.keyKind = KeyKind.NONE;
    return this.scrubChild(tape, node, table, NONE);
  }

  /** A member of a container: its key decides the class, unless the container's own class holds for all below it. */
  private scrubChild(tape: Tape, node: number, table: FieldTable, inherited: FieldClassValue): boolean {
    const outer = this.keyKind;
    // An element of a list stands under the list's key.
    if (tape.keyLength[node]! <= 0) return this.scrubNode(tape, node, table, inherited);
    const id = tape.keyId[node]!;
    const slot = id === 0 ? this.keys.slotOf(tape, node) : -1;
    const secretsInKey = id === 0 && slot < 0 ? scrubKey(tape, node, this.redactor) : 0;
    this.redactions += secretsInKey;
    let fieldClass: FieldClassValue = inherited;
    if (inherited !== FieldClass.PROMPT) {
      const own = slot < 0 ? table.classOf(tape, node) : this.keys.classAt(slot, table, tape, node);
      if (own >= FieldClass.ERROR || inherited === NONE) fieldClass = own;
    }
    if (this.isPatchTool && COMMAND_KEYS.has(id)) fieldClass = FieldClass.OUTPUT;
    const kind =
      secretsInKey > 0 ? KeyKind.NONE : slot < 0 ? this.redactor.keyKindOf(tape, node) : this.keys.kindAt(slot);
    this.keyKind = kind === KeyKind.NONE ? inheritedKind(outer) : kind;
    return this.scrubNode(tape, node, table.below(id), fieldClass) || tape.changed[node] === 1;
  }

  /** An attribute of a list; its name may also stand beside it (`name`, `value`). */
  scrubAttribute(tape: Tape, list: number, node: number, table: FieldTable): boolean {
    const named = kindByNeighbour(tape, list, -1, node, this.redactor);
    if (named === KeyKind.NONE) return this.scrubMember(tape, node, table);
    this.keyKind = named;
    return this.redactWhole(tape, node) || this.scrubChild(tape, node, table, NONE);
  }

  /** A log record's body. Most hold the event's name and nothing else: the last clean one of each event is remembered. */
  scrubBody(tape: Tape, node: number, table: FieldTable, fieldClass: FieldClassValue, eventNameId: number): void {
    const start = tape.start[node]!;
    const length = tape.length[node]!;
    const isShort = fieldClass === NONE && tape.kind[node] === Kind.STRING && length <= UNKNOWN_STRING_BYTES_MAX;
    if (isShort && this.bodies.isKnown(eventNameId, tape.bytes, start, length)) return;
    const changed = this.scrubRoot(tape, node, table, fieldClass);
    const { sawPatch, sawObject } = this.redactor;
    if (isShort && !changed && !sawPatch && !sawObject) this.bodies.remember(eventNameId, tape.bytes, start, length);
  }

  /** A value without a key: a body, a name, a list of attributes. */
  scrubRoot(tape: Tape, node: number, table: FieldTable, fieldClass: FieldClassValue): boolean {
    this.keyKind = KeyKind.NONE;
    return this.scrubNode(tape, node, table, fieldClass);
  }

  /** One value of a known class; true when anything in it changed. */
  private scrubNode(tape: Tape, node: number, table: FieldTable, fieldClass: FieldClassValue): boolean {
    switch (tape.kind[node]) {
      case Kind.STRING:
      case Kind.BYTES:
        return this.scrubString(tape, node, table, fieldClass);
      case Kind.JSON:
        return this.scrubJson(tape, node, table, fieldClass);
      case Kind.ARRAY:
      case Kind.MAP:
      case Kind.KVLIST:
        return this.scrubContainer(tape, node, table, fieldClass);
      default:
        return false;
    }
  }

  private scrubContainer(tape: Tape, node: number, table: FieldTable, fieldClass: FieldClassValue): boolean {
    if (this.withholds(fieldClass)) return this.withhold(tape, node, fieldClass);
    const inherited = fieldClass >= FieldClass.ERROR ? fieldClass : NONE;
    const kind = this.keyKind;
    const isPlain = inherited === NONE && kind === KeyKind.NONE && !this.isPatchTool;
    let changed = false;
    const end = tape.next[node]!;
    for (let child = node + 1, before = -1; child < end; before = child, child = tape.next[child]!) {
      const named = kindByNeighbour(tape, node, before, child, this.redactor);
      if (named === KeyKind.NONE && isPlain) {
        if (this.scrubMember(tape, child, table)) changed = true;
        continue;
      }
      this.keyKind = named === KeyKind.NONE ? kind : named;
      if (named !== KeyKind.NONE && this.redactWhole(tape, child)) changed = true;
      else if (this.scrubChild(tape, child, table, inherited)) changed = true;
    }
    if (changed) tape.changed[node] = 1;
    return changed;
  }

  private scrubJson(tape: Tape, node: number, table: FieldTable, fieldClass: FieldClassValue): boolean {
    if (this.withholds(fieldClass)) return this.withhold(tape, node, fieldClass);
    if (fieldClass !== FieldClass.PLAIN && this.redactWhole(tape, node)) return true;
    if (fieldClass === FieldClass.ERROR && !this.capturesOutputs) return this.shortenJsonError(tape, node);
    const root = tape.double[node]!;
    let changed = this.scrubNode(tape, root, table, fieldClass);
    if (changed) this.setText(tape, node, writePlainJson(tape, root));
    if (fieldClass >= FieldClass.ERROR && this.cut(tape, node, this.bytesMax(fieldClass))) {
      tape.kind[node] = Kind.STRING;
      changed = true;
    }
    return changed;
  }

  private scrubString(tape: Tape, node: number, table: FieldTable, fieldClass: FieldClassValue): boolean {
    const length = tape.length[node]!;
    if (length === 0) return false;
    if (fieldClass >= FieldClass.ERROR) return this.scrubContent(tape, node, fieldClass);
    const isLong = length > UNKNOWN_STRING_BYTES_MAX;
    if (fieldClass === FieldClass.ARGUMENTS || (fieldClass <= FieldClass.PLAIN && isLong)) {
      const embedded = this.capturesOutputs ? embeddedClass(tape, node, table, this) : NONE;
      return this.scrubContent(tape, node, embedded === NONE ? FieldClass.OUTPUT : embedded);
    }
    if (fieldClass !== FieldClass.PLAIN && this.redactWhole(tape, node)) return true;
    const changed = this.redactNode(tape, node);
    const { sawPatch, sawObject } = this.redactor;
    // A patch is file contents, wherever it stands. A command holds JSON of its own: only one that is JSON is looked into.
    const isJson = sawObject && (fieldClass !== FieldClass.SCANNED || tape.bytes[tape.start[node]!] === OPEN_OBJECT);
    const found = sawPatch ? FieldClass.OUTPUT : isJson ? embeddedClass(tape, node, table, this) : NONE;
    return (found !== NONE && this.scrubContent(tape, node, found)) || changed;
  }

  /** A prompt, an output or an error text. */
  private scrubContent(tape: Tape, node: number, fieldClass: FieldClassValue): boolean {
    if (isPlaceholder(tape.bytes, tape.start[node]!, tape.length[node]!)) return false;
    if (this.withholds(fieldClass)) return this.withhold(tape, node, fieldClass);
    const changed = this.redactWhole(tape, node) || this.redactNode(tape, node);
    if (fieldClass === FieldClass.ERROR && !this.capturesOutputs) return this.cutToLine(tape, node) || changed;
    return this.cut(tape, node, this.bytesMax(fieldClass)) || changed;
  }

  /** An error that is a JSON payload: what it says of itself stays as one line, the payload goes. */
  private shortenJsonError(tape: Tape, node: number): boolean {
    const line = errorText(tape, tape.double[node]!);
    if (line === '') return this.withhold(tape, node, FieldClass.OUTPUT);
    tape.kind[node] = Kind.STRING;
    this.setText(tape, node, tape.append(Buffer.from(line)));
    this.redactNode(tape, node);
    this.cutToLine(tape, node);
    this.outputSuppressed = true;
    return true;
  }

  private withholds(fieldClass: FieldClassValue): boolean {
    if (fieldClass === FieldClass.PROMPT) return !this.capturesPrompts;
    return fieldClass === FieldClass.OUTPUT && !this.capturesOutputs;
  }

  private withhold(tape: Tape, node: number, fieldClass: FieldClassValue): boolean {
    const isPrompt = fieldClass === FieldClass.PROMPT;
    const suppressedClass = isPrompt ? SuppressedClass.PROMPT : SuppressedClass.OUTPUT;
    const { texts, redactions } = suppressTree(tape, node, suppressedClass, this.redactor);
    this.redactions += redactions;
    if (texts > 0 && isPrompt) this.promptSuppressed = true;
    else if (texts > 0) this.outputSuppressed = true;
    return texts + redactions > 0;
  }

  private bytesMax(fieldClass: FieldClassValue): number {
    return fieldClass === FieldClass.PROMPT ? this.promptBytesMax : this.outputBytesMax;
  }

  private redactNode(tape: Tape, node: number): boolean {
    const found = this.redactor.redactText(tape, tape.start[node]!, tape.length[node]!);
    return found > 0 && this.takeRedacted(tape, node, found);
  }

  /** The whole value, when its key says that it is a secret. */
  private redactWhole(tape: Tape, node: number): boolean {
    const kind = this.keyKind;
    if (kind === KeyKind.NONE || (kind === KeyKind.MANIFEST && tape.kind[node] === Kind.MAP)) return false;
    const found = this.redactor.redactValue(tape, tape.start[node]!, tape.length[node]!, kind);
    return found > 0 && this.takeRedacted(tape, node, found);
  }

  private takeRedacted(tape: Tape, node: number, found: number): boolean {
    this.redactions += found;
    tape.kind[node] = Kind.STRING;
    tape.start[node] = this.redactor.start;
    tape.length[node] = this.redactor.length;
    tape.changed[node] = 1;
    return true;
  }

  /** Points the node at the text from `start` to the end of the workspace. */
  private setText(tape: Tape, node: number, start: number): void {
    tape.start[node] = start;
    tape.length[node] = tape.used - start;
    tape.changed[node] = 1;
  }

  private cutToLine(tape: Tape, node: number): boolean {
    const { bytes } = tape;
    const kept = firstLineLength(bytes, tape.start[node]!, tape.length[node]!, ERROR_LINE_BYTES_MAX);
    if (kept === tape.length[node]) return false;
    tape.length[node] = kept;
    tape.changed[node] = 1;
    this.outputSuppressed = true;
    return true;
  }

  private cut(tape: Tape, node: number, bytesMax: number): boolean {
    const length = tape.length[node]!;
    if (length <= bytesMax) return false;
    tape.length[node] = cutAtCharacter(tape.bytes, tape.start[node]!, length, bytesMax);
    tape.changed[node] = 1;
    return true;
  }
}
