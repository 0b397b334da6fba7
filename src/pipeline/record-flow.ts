/**
 * The visitor that decoders drive: each record is hashed, its JSON strings are expanded, it is identified, scrubbed, and
 * only then written, as raw text and as a row. Nothing behind `scrubRecord` sees an unscrubbed byte.
 */

import { expandJsonStrings } from '../codec/json-strings.ts';
import { RawWriter } from '../codec/json-writer.ts';
import { CanonicalEvent, eventColumn, Slot } from '../model/event.ts';
import { internName } from '../model/names.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { EventIds } from '../normalize/event-id.ts';
import { EventIdentity } from '../normalize/identify.ts';
import { Normalizer } from '../normalize/normalizer.ts';
import type { TaskRequest } from '../pool/task.ts';
import { Scrubber } from '../privacy/scrub.ts';
import type { EventWriter } from './event-writer.ts';
import type { PipelineOptions } from './options.ts';
import type { RawText } from './raw-rows.ts';
import { type TextSpan, type TraceFacts, traceKey } from './trace-facts.ts';

const TOOL_NAME = internName('tool_name');
const SESSION_ID = eventColumn('session_id');
const MODEL = eventColumn('model');

export class RecordFlow implements RecordVisitor {
  normalizedCount = 0;
  rejectedCount = 0;
  rejectedReason = '';
  /** Sessions and models by trace, for records that do not name theirs. */
  traceFacts: TraceFacts | undefined;
  readonly scrubber: Scrubber;
  private readonly view: RecordView;
  private readonly events: EventWriter;
  private readonly options: PipelineOptions;
  private readonly ids = new EventIds();
  private readonly identity = new EventIdentity();
  private readonly normalizer: Normalizer;
  private readonly event = new CanonicalEvent();
  private readonly raw = new RawWriter();
  private receivedAtMs = 0;
  /** First tape node behind the resource, and behind resource and scope: where the record's own nodes begin. */
  private scopeBase = 0;
  private recordBase = 0;

  constructor(view: RecordView, events: EventWriter, options: PipelineOptions) {
    this.view = view;
    this.events = events;
    this.options = options;
    this.scrubber = new Scrubber(options);
    this.normalizer = new Normalizer(options);
  }

  beginRequest(request: TaskRequest, requestId: Uint8Array): void {
    this.normalizedCount = 0;
    this.rejectedCount = 0;
    this.rejectedReason = '';
    this.traceFacts = undefined;
    this.scopeBase = this.recordBase = 0;
    this.receivedAtMs = request.receivedAtMs;
    this.ids.beginRequest(request.tenantId, request.provider, requestId);
    this.scrubber.beginRequest();
    this.normalizer.beginRequest();
    this.events.beginRequest(this.view.tape, request, requestId);
    this.raw.reset(this.options.rawEventBytesMax);
  }

  resource(view: RecordView): void {
    this.ids.beginResource(view);
    expandJsonStrings(view.tape, 0, view.tape.count);
    this.scrubber.scrubResource(view);
    this.normalizer.beginResource(view);
    this.raw.resource(view);
    this.scopeBase = this.recordBase = view.tape.count;
  }

  scope(view: RecordView): void {
    expandJsonStrings(view.tape, this.scopeBase, view.tape.count);
    this.scrubber.scrubScope(view);
    this.normalizer.beginScope(view);
    this.raw.scope(view);
    this.recordBase = view.tape.count;
  }

  record(view: RecordView): void {
    const { tape } = view;
    if (view.signal === 'metrics') {
      expandJsonStrings(tape, this.recordBase, tape.count);
      this.scrubber.scrubRecord(view, 0, -1);
      this.raw.record(view);
      return;
    }
    const eventId = this.ids.of(view);
    expandJsonStrings(tape, this.recordBase, tape.count);
    this.identity.read(view);
    this.scrubber.scrubRecord(view, this.identity.nameId, view.attribute(TOOL_NAME));
    this.raw.record(view);
    const kept = this.normalizer.normalize(view, this.identity, this.scrubber, this.receivedAtMs, this.event);
    if (!kept) return;
    this.fillFromTrace(view);
    this.events.write(tape, eventId, this.event);
    this.normalizedCount++;
  }

  resourceEnd(): void {
    this.scopeBase = this.recordBase = 0;
  }

  scopeEnd(): void {
    this.recordBase = this.scopeBase;
  }

  rejected(reason: string): void {
    this.raw.rejected(reason);
    this.rejectedCount++;
    if (this.rejectedReason === '') this.rejectedReason = reason;
  }

  /** Ends the body: its rows stand. */
  commit(): void {
    this.events.commit();
  }

  rollback(): void {
    this.events.rollback();
  }

  takeRuleCounts(): Record<string, number> {
    return this.scrubber.takeRuleCounts();
  }

  /** The scrubbed body as JSON text. */
  rawText(): RawText {
    const length = this.raw.finish(this.view);
    return { bytes: this.raw.bytes, length };
  }

  /** A span without a conversation takes its trace's, a model call without a model likewise. */
  private fillFromTrace(view: RecordView): void {
    const { traceFacts } = this;
    if (traceFacts === undefined || view.traceIdLength !== 16) return;
    const key = traceKey(view);
    this.fill(view, SESSION_ID, traceFacts.sessions.get(key));
    if (this.identity.type === 'api_request') this.fill(view, MODEL, traceFacts.models.get(key));
  }

  /** Fills an empty column with a text that is scrubbed here: it comes from unscrubbed bytes. */
  private fill(view: RecordView, column: number, text: TextSpan | undefined): void {
    if (text === undefined || text.length === 0 || this.event.slot[column] !== Slot.EMPTY) return;
    const changed = this.scrubber.scrubText(view.tape, text.start, text.length);
    if (changed) this.event.setSpan(column, this.scrubber.start, this.scrubber.length);
    else this.event.setSpan(column, text.start, text.length);
  }
}
