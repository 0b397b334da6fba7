/**
 * The scrubber: rewrites a record on its tape so that nothing behind it sees a text that the capture rule withholds, or a
 * secret. Stands between identification and every writer. Text classes come from fields.ts, secrets from the redactor.
 */

import type { CustomRules } from '../model/custom-rules.ts';
import { internName, NAMES_MAX } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { type CaptureScope, isCaptured, isOptedIn, OPT_IN_OUTPUTS, OPT_IN_PROMPTS } from './capture.ts';
import { CleanPrefixes } from './clean-prefixes.ts';
import { bodyClass } from './conversation.ts';
import { type FieldTable, fieldTable } from './field-table.ts';
import { FieldClass } from './fields.ts';
import { nameIdOfText } from './plain-text.ts';
import { Redactor } from './redactor.ts';
import { ValueScrubber } from './value-scrubber.ts';

export interface ScrubOptions {
  readonly capturePrompts: boolean;
  readonly captureOutputs: boolean;
  readonly allowEventLevelOptIn: boolean;
  readonly promptBytesMax: number;
  readonly outputSnippetBytesMax: number;
  readonly customRules: CustomRules;
}

interface Totals {
  prompt: boolean;
  output: boolean;
  redactions: number;
}

const APPLY_PATCH = internName('apply_patch');
/** By number of the key: 1 for the attributes in which Claude sends a prompt. */
const IS_EMITTER_PROMPT = new Uint8Array(NAMES_MAX);
for (const name of ['prompt', 'prompt_text', 'user_prompt']) IS_EMITTER_PROMPT[internName(name)] = 1;
const EVENT_NAME_KEY = internName('name');
const EVENT_ATTRIBUTES_KEY = internName('attributes');
const NONE = FieldClass.UNKNOWN;

export class Scrubber {
  /** Whether a text was withheld in the record, its scope or its resource. */
  promptSuppressed = false;
  outputSuppressed = false;
  /** Secrets redacted in the record, its scope and its resource. */
  redactions = 0;
  /** Result of scrubText. */
  start = 0;
  length = 0;

  private readonly options: ScrubOptions;
  private readonly values: ValueScrubber;
  private readonly prefixes = new CleanPrefixes();
  /** What was found in the resource and the scope that hold for the records under way. */
  private readonly resource: Totals = { prompt: false, output: false, redactions: 0 };
  private readonly scope: Totals = { prompt: false, output: false, redactions: 0 };

  constructor(options: ScrubOptions) {
    this.options = options;
    this.values = new ValueScrubber(
      new Redactor(options.customRules),
      options.promptBytesMax,
      options.outputSnippetBytesMax,
    );
  }

  /** Forgets what the request before had in its resource and scope: hooks have neither. */
  beginRequest(): void {
    clear(this.resource);
    clear(this.scope);
  }

  /** Resource attributes and schema URL, once per resource. */
  scrubResource(view: RecordView): void {
    const { tape } = view;
    this.begin(view, 'resource');
    this.values.beginResource();
    const table = fieldTable(view.provider, view.signal, 0);
    this.scrubRoot(tape, view.resourceAttributes, table);
    this.scrubRoot(tape, view.resourceSchemaUrl, table);
    this.keep(this.resource);
    clear(this.scope);
  }

  /** Scope name, version, attributes and schema URL, once per scope, after its resource. */
  scrubScope(view: RecordView): void {
    const { tape } = view;
    this.begin(view, 'scope');
    const table = fieldTable(view.provider, view.signal, 0);
    this.scrubRoot(tape, view.scopeAttributes, table);
    this.scrubRoot(tape, view.scopeName, table);
    this.scrubRoot(tape, view.scopeVersion, table);
    this.scrubRoot(tape, view.scopeSchemaUrl, table);
    this.keep(this.scope);
  }

  /**
   * Every text of one record. `eventNameId` is the number of its native name (0: none), `toolNameNode` the node of its
   * tool's name or -1. Flags and count of the record stand in the fields afterwards.
   */
  scrubRecord(view: RecordView, eventNameId: number, toolNameNode: number): void {
    const { tape } = view;
    const { values } = this;
    this.begin(view, 'record');
    const hasToolName = toolNameNode >= 0 && tape.kind[toolNameNode] === Kind.STRING;
    const toolId = hasToolName ? nameIdOfText(tape, toolNameNode) : 0;
    values.isPatchTool = toolId === APPLY_PATCH;
    const table = fieldTable(view.provider, view.signal, eventNameId, toolId);
    if (view.body >= 0) {
      values.scrubBody(tape, view.body, table, bodyClass(view, eventNameId, values.capturesPrompts), eventNameId);
    }
    if (view.attributes >= 0) this.scrubAttributes(view, table);
    this.scrubRoot(tape, view.name, table);
    this.scrubRoot(tape, view.severityText, table);
    if (view.statusMessage >= 0) values.scrubRoot(tape, view.statusMessage, table, FieldClass.ERROR);
    this.scrubRoot(tape, view.traceState, table);
    if (view.events >= 0) this.scrubSpanEvents(view);
    this.scrubRoot(tape, view.links, table);
    this.promptSuppressed = values.promptSuppressed || this.resource.prompt || this.scope.prompt;
    this.outputSuppressed = values.outputSuppressed || this.resource.output || this.scope.output;
    this.redactions = values.redactions + this.resource.redactions + this.scope.redactions;
  }

  /** Redacts a text outside of records (a header's value, a URL); true when `start` and `length` hold a changed text. */
  scrubText(tape: Tape, start: number, length: number): boolean {
    const { redactor } = this.values;
    if (redactor.redactText(tape, start, length) === 0) return false;
    this.start = redactor.start;
    this.length = redactor.length;
    return true;
  }

  /** How often each rule fired since the last call, by rule id. */
  takeRuleCounts(): Record<string, number> {
    return this.values.redactor.takeCounts();
  }

  private begin(view: RecordView, scope: CaptureScope): void {
    const { capturePrompts, captureOutputs, allowEventLevelOptIn: gate } = this.options;
    this.values.begin(
      isCaptured(capturePrompts, gate, gate && !capturePrompts && isOptedIn(view, OPT_IN_PROMPTS, scope)),
      isCaptured(captureOutputs, gate, gate && !captureOutputs && isOptedIn(view, OPT_IN_OUTPUTS, scope)),
    );
  }

  private keep(totals: Totals): void {
    totals.prompt = this.values.promptSuppressed;
    totals.output = this.values.outputSuppressed;
    totals.redactions = this.values.redactions;
  }

  private scrubRoot(tape: Tape, node: number, table: FieldTable): void {
    if (node >= 0) this.values.scrubRoot(tape, node, table, NONE);
  }

  /** Claude's own prompt attributes count as opted in where they were sent. */
  private scrubAttributes(view: RecordView, table: FieldTable): void {
    const { tape, attributes } = view;
    const { values } = this;
    const isEmitter = view.provider === 'claude_code' && (view.signal === 'logs' || view.signal === 'traces');
    const hasOwnRule = isEmitter && !values.capturesPrompts;
    const state = this.prefixes.stateOf(view, table, values);
    const isKnown = this.prefixes.isClean(view, state);
    if (!isKnown && !hasOwnRule) {
      values.scrubRoot(tape, attributes, table, NONE);
    } else {
      let changed = false;
      const end = tape.next[attributes]!;
      for (let child = isKnown ? view.prefixEnd : attributes + 1; child < end; child = tape.next[child]!) {
        if (hasOwnRule) values.capturesPrompts = IS_EMITTER_PROMPT[tape.keyId[child]!] === 1;
        if (values.scrubAttribute(tape, attributes, child, table)) changed = true;
      }
      if (hasOwnRule) values.capturesPrompts = false;
      if (changed) tape.changed[attributes] = 1;
    }
    if (!isKnown) this.prefixes.note(view, state);
  }

  /** Span events carry a name of their own, which may make their attributes output. */
  private scrubSpanEvents(view: RecordView): void {
    const { tape, events } = view;
    const plain = fieldTable(view.provider, view.signal, 0);
    const end = tape.next[events]!;
    for (let event = events + 1; event < end; event = tape.next[event]!) {
      const name = tape.child(event, EVENT_NAME_KEY);
      const table = name >= 0 ? fieldTable(view.provider, view.signal, nameIdOfText(tape, name)) : plain;
      let changed = false;
      for (let part = event + 1; part < tape.next[event]!; part = tape.next[part]!) {
        const partTable = tape.keyId[part] === EVENT_ATTRIBUTES_KEY ? table : plain;
        if (this.values.scrubRoot(tape, part, partTable, NONE)) changed = true;
      }
      if (changed) tape.changed[event] = tape.changed[events] = 1;
    }
  }
}

function clear(totals: Totals): void {
  totals.prompt = totals.output = false;
  totals.redactions = 0;
}
