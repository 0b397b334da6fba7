/**
 * The frame that the three OTLP signals share in protobuf, with the same field numbers:
 * Export*ServiceRequest { 1 resource_* } → Resource* { 1 resource, 2 scope_*, 3 schema_url } →
 * Scope* { 1 scope, 2 records, 3 schema_url }; Resource { 1 attributes, 2 dropped_attributes_count },
 * InstrumentationScope { 1 name, 2 version, 3 attributes, 4 dropped_attributes_count }.
 *
 * schema_url stands behind the records, so each frame is walked twice: once over its own fields (a tag and a length per
 * record) to find resource, scope and schema_url, once to read the records.
 */

import { beginOwner, beginRecord } from '../codec/attribute-memory.ts';
import { beginPrefix } from '../codec/attribute-prefix.ts';
import { pushField } from '../codec/tape-text.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import type { Signal } from '../model/identity.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { collectAttributes } from './any-value-protobuf.ts';
import { checkRecordCount } from './record-count.ts';
import { refuseOtherSignal } from './wrong-signal.ts';

const RESOURCES = 0x0a;
/** Fields of Resource* and Scope* alike: the resource or scope, its children, its schema_url. */
const OWNER = 0x0a;
const CHILDREN = 0x12;
const SCHEMA_URL = 0x1a;
const RESOURCE_ATTRIBUTES = 0x0a;
const RESOURCE_DROPPED = 0x10;
const SCOPE_NAME = 0x0a;
const SCOPE_VERSION = 0x12;
const SCOPE_ATTRIBUTES = 0x1a;
const SCOPE_DROPPED = 0x20;

/** Reads one record that ends at `end` into the view; returns what it counts as (data points of a metric, else 1). */
export type ReadRecord = (reader: WireReader, view: RecordView, end: number) => number;

/** One walk over one body. */
export class ProtobufEnvelope {
  readonly reader: WireReader;
  readonly view: RecordView;
  private readonly signal: Signal;
  private readonly visitor: RecordVisitor;
  private readonly readRecord: ReadRecord;
  private isSignalChecked = false;
  private recordsSeen = 0;
  /** Records of the body by weight; a rejected one counts as one. */
  recordCount = 0;

  /** Spans that `findOwner` found; -1 when absent. */
  private ownerStart = -1;
  private ownerEnd = -1;
  private schemaStart = -1;
  private schemaEnd = -1;

  constructor(reader: WireReader, view: RecordView, signal: Signal, visitor: RecordVisitor, readRecord: ReadRecord) {
    this.reader = reader;
    this.view = view;
    this.signal = signal;
    this.visitor = visitor;
    this.readRecord = readRecord;
  }

  /** Reads the whole body that the reader points at. */
  decode(): void {
    const reader = this.reader;
    const end = reader.len;
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      if (tag === RESOURCES) this.readResource(reader.lengthEnd(end));
      else reader.skipField(tag, end);
    }
  }

  private readResource(end: number): void {
    const { reader, view, visitor } = this;
    const tape = view.tape;
    const start = reader.pos;
    const nodes = tape.count;
    view.clearResource();
    beginOwner();
    beginPrefix();
    this.findOwner(end);
    if (this.schemaStart >= 0) {
      view.resourceSchemaUrl = pushField(tape, this.schemaStart, this.schemaEnd - this.schemaStart);
    }
    if (this.ownerStart >= 0) this.readResourceFields(this.ownerStart, this.ownerEnd);
    visitor.resource(view);
    reader.move(tape.bytes);
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      if (tag === CHILDREN) this.readScope(reader.lengthEnd(end));
      else reader.skipField(tag, end);
    }
    visitor.resourceEnd(view);
    tape.count = nodes;
  }

  private readScope(end: number): void {
    const { reader, view, visitor } = this;
    const tape = view.tape;
    const start = reader.pos;
    const nodes = tape.count;
    view.clearScope();
    beginOwner();
    beginPrefix();
    this.findOwner(end);
    if (this.schemaStart >= 0) {
      view.scopeSchemaUrl = pushField(tape, this.schemaStart, this.schemaEnd - this.schemaStart);
    }
    if (this.ownerStart >= 0) this.readScopeFields(this.ownerStart, this.ownerEnd);
    visitor.scope(view);
    reader.move(tape.bytes);
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      if (tag === CHILDREN) this.visitRecord(reader.lengthEnd(end));
      else reader.skipField(tag, end);
    }
    visitor.scopeEnd(view);
    tape.count = nodes;
  }

  /** Walks the fields of a Resource* or Scope* message, which also proves its framing before any record is visited. */
  private findOwner(end: number): void {
    const reader = this.reader;
    this.ownerStart = this.schemaStart = -1;
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      if (tag !== OWNER && tag !== SCHEMA_URL) {
        reader.skipField(tag, end);
        continue;
      }
      const fieldEnd = reader.lengthEnd(end);
      if (tag === OWNER) {
        this.ownerStart = reader.pos;
        this.ownerEnd = fieldEnd;
      } else {
        this.schemaStart = reader.pos;
        this.schemaEnd = fieldEnd;
      }
      reader.pos = fieldEnd;
    }
    reader.finish(end);
  }

  private readResourceFields(start: number, end: number): void {
    const { reader, view } = this;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      if (tag === RESOURCE_DROPPED) view.resourceDroppedAttributesCount = reader.varint32() >>> 0;
      else reader.skipField(tag, end);
    }
    view.resourceAttributes = collectAttributes(reader, view.tape, RESOURCE_ATTRIBUTES, start, end);
  }

  private readScopeFields(start: number, end: number): void {
    const { reader, view } = this;
    const tape = view.tape;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      if (tag === SCOPE_DROPPED) {
        view.scopeDroppedAttributesCount = reader.varint32() >>> 0;
        continue;
      }
      if (tag !== SCOPE_NAME && tag !== SCOPE_VERSION) {
        reader.skipField(tag, end);
        continue;
      }
      const fieldEnd = reader.lengthEnd(end);
      const node = pushField(tape, reader.pos, fieldEnd - reader.pos);
      if (tag === SCOPE_NAME) view.scopeName = node;
      else view.scopeVersion = node;
      reader.pos = fieldEnd;
    }
    view.scopeAttributes = collectAttributes(reader, tape, SCOPE_ATTRIBUTES, start, end);
  }

  private visitRecord(end: number): void {
    const { reader, view, visitor } = this;
    const tape = view.tape;
    const nodes = tape.count;
    const start = reader.pos;
    this.recordsSeen++;
    checkRecordCount(this.recordsSeen);
    if (!this.isSignalChecked && end > start) {
      this.isSignalChecked = true;
      refuseOtherSignal(reader, end, view.provider, this.signal);
    }
    view.clearRecord();
    beginRecord();
    const weight = this.tryRecord(end);
    if (weight < 0) {
      this.recordCount++;
      visitor.rejected(`record ${this.recordsSeen}: ${reader.fault.describe()}`);
    } else {
      this.recordCount += weight;
      visitor.record(view, weight);
      reader.move(tape.bytes);
    }
    tape.count = nodes;
    reader.pos = end;
  }

  /** The record's weight, or -1 when it does not decode: its length is sound, so its neighbours can go on. */
  private tryRecord(end: number): number {
    try {
      return this.readRecord(this.reader, this.view, end);
    } catch (error) {
      if (error !== this.reader.fault || this.reader.fault.code !== 'MALFORMED_PROTOBUF') throw error;
      return -1;
    }
  }
}
