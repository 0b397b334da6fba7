/**
 * Deterministic event ids, so that a retried export collapses in the ReplacingMergeTree. They are computed before
 * scrubbing (two suppressed prompts of equal length differ) and over decoded values, so that a payload gives the same
 * ids in JSON and protobuf.
 */

import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { Hash128 } from './hash128.ts';

const CURSOR_EVENT_ID = internName('cursor.event.id');
const HOOK_EVENT_ID = internName('event_id');

const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** Feeds all nodes of one subtree in pre-order. */
function hashTree(hash: Hash128, tape: Tape, root: number): void {
  if (root < 0) {
    hash.word(-1);
    return;
  }
  for (let node = root, end = tape.next[root]!; node < end; node++) {
    const kind = tape.kind[node]!;
    hash.word((kind << 24) ^ tape.keyHash[node]!);
    if (kind === Kind.STRING || kind === Kind.BYTES) hash.span(tape.bytes, tape.start[node]!, tape.length[node]!);
    else if (kind === Kind.DOUBLE) {
      double[0] = tape.double[node]!;
      hash.word(doubleWords[0]!);
      hash.word(doubleWords[1]!);
    } else {
      hash.word(tape.start[node]!);
      hash.word(tape.length[node]!);
    }
  }
}

/** Ordinals of equal records within one request: open addressing over four-word keys, forgotten by raising a stamp. */
class Ordinals {
  private size = 1024;
  private keys = new Int32Array(this.size * 4);
  private counts = new Int32Array(this.size);
  private stamps = new Int32Array(this.size);
  private stamp = 0;
  private used = 0;

  reset(): void {
    this.stamp++;
    this.used = 0;
  }

  /** How many equal keys came before in this request. */
  next(key: Int32Array): number {
    if (this.used * 2 > this.size) this.grow();
    const slot = this.find(key);
    if (this.stamps[slot] === this.stamp) return ++this.counts[slot]!;
    this.stamps[slot] = this.stamp;
    this.counts[slot] = 0;
    this.keys.set(key, slot * 4);
    this.used++;
    return 0;
  }

  private find(key: Int32Array): number {
    let slot = key[0]! & (this.size - 1);
    while (this.stamps[slot] === this.stamp) {
      const at = slot * 4;
      const keys = this.keys;
      if (keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3])
        return slot;
      slot = (slot + 1) & (this.size - 1);
    }
    return slot;
  }

  private grow(): void {
    const { keys, counts, stamps, stamp, size } = this;
    this.size = size * 2;
    this.keys = new Int32Array(this.size * 4);
    this.counts = new Int32Array(this.size);
    this.stamps = new Int32Array(this.size);
    this.stamp = 1;
    for (let slot = 0; slot < size; slot++) {
      if (stamps[slot] !== stamp) continue;
      const key = keys.subarray(slot * 4, slot * 4 + 4);
      const target = this.find(key);
      this.stamps[target] = this.stamp;
      this.counts[target] = counts[slot]!;
      this.keys.set(key, target * 4);
    }
  }
}

export class EventIds {
  private readonly hash = new Hash128();
  private readonly ordinals = new Ordinals();
  private readonly tenant = new Int32Array(4);
  private readonly request = new Int32Array(4);
  private readonly resource = new Int32Array(4);
  private readonly bytes = new Uint8Array(16);
  private index = 0;

  /** Starts a request; `tenantId` and `requestId` separate what may not collapse. */
  beginRequest(tenantId: string, provider: string, requestId: Uint8Array): void {
    const { hash } = this;
    const encoded = Buffer.from(`${tenantId}\n${provider}`, 'utf8');
    hash.reset(1, 2, 3, 4);
    hash.span(encoded, 0, encoded.length);
    hash.finish();
    this.tenant.set(hash.result);
    hash.reset(this.tenant[0]!, this.tenant[1]!, this.tenant[2]!, this.tenant[3]!);
    hash.span(requestId, 0, 16);
    hash.finish();
    this.request.set(hash.result);
    this.resource.set(this.tenant);
    this.ordinals.reset();
    this.index = 0;
  }

  beginResource(view: RecordView): void {
    this.seed(this.tenant);
    hashTree(this.hash, view.tape, view.resourceAttributes);
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
    hash.word(view.timeLow | 0);
    hash.word(view.timeHigh | 0);
    hash.word(view.observedLow | 0);
    hash.word(view.observedHigh | 0);
    hash.word(view.severityNumber);
    hash.span(tape.bytes, view.traceIdStart, view.traceIdLength);
    hash.span(tape.bytes, view.spanIdStart, view.spanIdLength);
    hashTree(hash, tape, view.name);
    hashTree(hash, tape, view.body);
    hashTree(hash, tape, view.attributes);
    hash.finish();
    const ordinal = this.ordinals.next(hash.result);
    if (ordinal > 0) {
      this.seed(hash.result);
      hash.word(ordinal);
      hash.finish();
    }
    return this.result();
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
    this.seed(this.request);
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
