/**
 * Deterministic event ids, so that a retried export collapses in the ReplacingMergeTree. They are computed before
 * scrubbing (two suppressed prompts of equal length differ) and over decoded values, so that a payload gives the same
 * ids in JSON and protobuf.
 */

import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind } from '../model/tape.ts';
import { hashAttributes, hashListEnd, hashSome, hashTree } from './attribute-hash.ts';
import { Hash128 } from './hash128.ts';
import { Ordinals } from './ordinals.ts';

const CURSOR_EVENT_ID = internName('cursor.event.id');
const HOOK_EVENT_ID = internName('event_id');

export class EventIds {
  private readonly hash = new Hash128();
  private readonly ordinals = new Ordinals();
  private readonly tenant = new Int32Array(4);
  private requestId: Uint8Array = new Uint8Array(16);
  private readonly resource = new Int32Array(4);
  private readonly bytes = new Uint8Array(16);
  private index = 0;
  /** State of the hash behind the resource and the attributes of this prefix. */
  private readonly prefix = new Int32Array(5);
  private prefixSerial = 0;
  /** Of these `tenant` is the hash. */
  private tenantId = '';
  private provider = '';

  /** Starts a request; `tenantId` and `requestId` separate what may not collapse. */
  beginRequest(tenantId: string, provider: string, requestId: Uint8Array): void {
    if (tenantId !== this.tenantId || provider !== this.provider) this.hashTenant(tenantId, provider);
    this.requestId = requestId;
    this.resource.set(this.tenant);
    this.ordinals.reset();
    this.index = 0;
  }

  private hashTenant(tenantId: string, provider: string): void {
    const { hash } = this;
    const encoded = Buffer.from(`${tenantId}\n${provider}`, 'utf8');
    hash.reset(1, 2, 3, 4);
    hash.span(encoded, 0, encoded.length);
    hash.finish();
    this.tenant.set(hash.result);
    this.tenantId = tenantId;
    this.provider = provider;
  }

  beginResource(view: RecordView): void {
    this.seed(this.tenant);
    hashAttributes(this.hash, view.tape, view.resourceAttributes);
    this.hash.finish();
    this.resource.set(this.hash.result);
  }

  /** The 16 bytes of this record's id; valid until the next call. */
  of(view: RecordView): Uint8Array {
    const { tape } = view;
    if (view.signal === 'hooks') return this.ofHook(view);
    if (view.signal === 'traces' && view.traceIdLength === 16 && view.spanIdLength === 8) {
      this.seed(this.tenant);
      this.hash.span(tape.bytes, view.traceIdStart, 16);
      this.hash.span(tape.bytes, view.spanIdStart, 8);
      return this.finish();
    }
    const cursorId = view.attribute(CURSOR_EVENT_ID);
    if (cursorId >= 0 && tape.kind[cursorId] === Kind.STRING && tape.length[cursorId]! > 0) {
      this.seed(this.tenant);
      this.hash.span(tape.bytes, tape.start[cursorId]!, tape.length[cursorId]!);
      return this.finish();
    }
    return this.ofContent(view);
  }

  private ofContent(view: RecordView): Uint8Array {
    const { hash } = this;
    const { tape } = view;
    this.seed(this.resource);
    if (view.prefixSerial === 0) hashAttributes(hash, tape, view.attributes);
    else this.hashFromPrefix(view);
    hash.word(view.timeLow | 0);
    hash.word(view.timeHigh | 0);
    hash.word(view.observedLow | 0);
    hash.word(view.observedHigh | 0);
    hash.word(view.severityNumber);
    hash.span(tape.bytes, view.traceIdStart, view.traceIdLength);
    hash.span(tape.bytes, view.spanIdStart, view.spanIdLength);
    hashTree(hash, tape, view.name);
    hashTree(hash, tape, view.body);
    hash.finish();
    const ordinal = this.ordinals.next(hash.result);
    if (ordinal > 0) {
      this.seed(hash.result);
      hash.word(ordinal);
      hash.finish();
    }
    return this.result();
  }

  /** The attributes of a record, without those that it shares with the records before it. */
  private hashFromPrefix(view: RecordView): void {
    const { hash } = this;
    const { tape, attributes, prefixEnd } = view;
    if (this.prefixSerial === view.prefixSerial) hash.restore(this.prefix);
    else {
      hashSome(hash, tape, attributes + 1, prefixEnd);
      hash.save(this.prefix);
      this.prefixSerial = view.prefixSerial;
    }
    hashSome(hash, tape, prefixEnd, tape.next[attributes]!);
    hashListEnd(hash, tape, attributes);
  }

  private ofHook(view: RecordView): Uint8Array {
    const { tape } = view;
    const index = this.index++;
    const given = view.attribute(HOOK_EVENT_ID);
    if (given >= 0 && tape.kind[given] === Kind.STRING && tape.length[given]! > 0) {
      if (this.parseUuid(tape.bytes, tape.start[given]!, tape.length[given]!)) return this.bytes;
      this.seed(this.tenant);
      this.hash.span(tape.bytes, tape.start[given]!, tape.length[given]!);
      return this.finish();
    }
    this.seed(this.tenant);
    this.hash.shortSpan(this.requestId);
    this.hash.finish();
    this.seed(this.hash.result);
    this.hash.word(index);
    return this.finish();
  }

  private parseUuid(bytes: Uint8Array, start: number, length: number): boolean {
    if (length !== 36) return false;
    let digit = 0;
    for (let index = 0; index < 36; index++) {
      const byte = bytes[start + index]!;
      if (index === 8 || index === 13 || index === 18 || index === 23) {
        if (byte !== 0x2d) return false;
        continue;
      }
      const value = hexValue(byte);
      if (value < 0) return false;
      this.bytes[digit >> 1] = (digit & 1) === 0 ? value << 4 : this.bytes[digit >> 1]! | value;
      digit++;
    }
    return true;
  }

  private seed(words: Int32Array): void {
    this.hash.reset(words[0]!, words[1]!, words[2]!, words[3]!);
  }

  private finish(): Uint8Array {
    this.hash.finish();
    return this.result();
  }

  private result(): Uint8Array {
    const { bytes } = this;
    for (let word = 0; word < 4; word++) {
      const value = this.hash.result[word]!;
      bytes[word * 4] = value;
      bytes[word * 4 + 1] = value >>> 8;
      bytes[word * 4 + 2] = value >>> 16;
      bytes[word * 4 + 3] = value >>> 24;
    }
    return bytes;
  }
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
