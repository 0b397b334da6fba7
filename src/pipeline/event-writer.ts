/** Canonical events → rows of coding_agent_events: the event's slots and what the request adds to each row. */

import { MEMO_SHIFT, Memo, memoWords } from '../codec/attribute-memory.ts';
import { keepMapEntry, MAP_ENTRY_SHIFT, mapEntryBytes } from '../codec/map-entries.ts';
import { type CanonicalEvent, Slot } from '../model/event.ts';
import { PROVIDERS, type Provider, SIGNALS, type Signal } from '../model/identity.ts';
import { CONSTANTS, internName } from '../model/names.ts';
import { CODING_AGENT_EVENTS, columnIndex } from '../model/schema.ts';
import type { Tape } from '../model/tape.ts';
import type { TaskRequest } from '../pool/task.ts';
import type { RequestRows } from './request-rows.ts';

const column = (name: string): number => columnIndex(CODING_AGENT_EVENTS, name);
const EVENT_ID = column('event_id');
const TENANT_ID = column('tenant_id');
const INGESTED_AT = column('ingested_at');
const REQUEST_ID = column('request_id');
const PROVIDER = column('provider');
const SIGNAL = column('signal');
/** Texts that are the same in all rows of a request. */
const OF_REQUEST = [TENANT_ID, REQUEST_ID, PROVIDER, SIGNAL];
/** Constants of the closed words; interned at load, because a tape takes over constants only when it is reset. */
const WORD_IDS = Object.fromEntries([...PROVIDERS, ...SIGNALS].map((word) => [word, internName(word)])) as Readonly<
  Record<Provider | Signal, number>
>;
/** Bytes of a row beside its text: cells' ids and lengths, rounded up. */
const ROW_OVERHEAD_BYTES = 256;

export class EventWriter {
  private readonly rows: RequestRows;
  private requestId: Uint8Array = new Uint8Array(16);
  private receivedAtMs = 0;
  private tenantStart = 0;
  private tenantLength = 0;
  private provider = 0;
  private signal = 0;
  /** The request has a row, whose texts of the request stand for all its rows. */
  private hasRows = false;

  constructor(rows: RequestRows) {
    this.rows = rows;
  }

  beginRequest(tape: Tape, request: TaskRequest, requestId: Uint8Array): void {
    const tenant = Buffer.from(request.tenantId, 'utf8');
    this.tenantStart = tape.append(tenant);
    this.tenantLength = tenant.length;
    this.requestId = requestId;
    this.hasRows = false;
    this.receivedAtMs = request.receivedAtMs;
    this.provider = WORD_IDS[request.provider];
    this.signal = WORD_IDS[request.signal];
    this.rows.begin(requestId, request.tenantId, request.receivedAtMs);
  }

  /** Appends one row; the event's spans lie in the tape's workspace. */
  write(tape: Tape, eventId: Uint8Array, event: CanonicalEvent): void {
    const { ring } = this.rows;
    const { bytes } = tape;
    this.rows.beginRow(textBytes(event));
    ring.putBytes16(EVENT_ID, eventId, 0);
    ring.putNumber(INGESTED_AT, this.receivedAtMs);
    // The row before may have left the ring, even in the middle of a request.
    if (this.hasRows && ring.rows > 0) for (const same of OF_REQUEST) ring.putAsBefore(same);
    else {
      ring.putText(TENANT_ID, bytes, this.tenantStart, this.tenantLength);
      ring.putBytes16(REQUEST_ID, this.requestId, 0);
      ring.putText(PROVIDER, bytes, CONSTANTS.start[this.provider]!, CONSTANTS.length[this.provider]!);
      ring.putText(SIGNAL, bytes, CONSTANTS.start[this.signal]!, CONSTANTS.length[this.signal]!);
      this.hasRows = true;
    }
    const { filled, slot, start, length, number, memo } = event;
    for (let index = 0; index < event.filledCount; index++) {
      const target = filled[index]!;
      if (slot[target] !== Slot.SPAN) ring.putNumber(target, number[target]!);
      else if (memo[target] === 0) ring.putText(target, bytes, start[target]!, length[target]!);
      else ring.putKnownText(target, bytes, start[target]!, length[target]!, memo[target]!);
    }
    this.putEntries(bytes, event);
    ring.endRow();
  }

  private putEntries(bytes: Uint8Array, event: CanonicalEvent): void {
    const { encodedCount, mapCount } = event;
    const before = encodedCount === 0 ? mapCount : event.encodedAt;
    for (let entry = 0; entry < before; entry++) this.putEntry(bytes, event, entry);
    if (encodedCount === 0) return;
    this.rows.ring.putEncodedEntries(event.encoded, 0, event.encodedBytes, encodedCount);
    for (let entry = before; entry < mapCount; entry++) this.putEntry(bytes, event, entry);
  }

  private putEntry(bytes: Uint8Array, event: CanonicalEvent, entry: number): void {
    const { ring } = this.rows;
    const memo = event.mapMemo[entry]!;
    const keyStart = event.mapKeyStart[entry]!;
    const keyLength = event.mapKeyLength[entry]!;
    const start = event.mapValueStart[entry]!;
    const length = event.mapValueLength[entry]!;
    if (memo !== 0) {
      const size =
        memoWords[(memo << MEMO_SHIFT) + Memo.MAP_ENTRY_BYTES] ||
        keepMapEntry(memo, bytes, keyStart, keyLength, start, length);
      if (size !== 0) {
        ring.putEncodedEntries(mapEntryBytes, memo << MAP_ENTRY_SHIFT, size, 1);
        return;
      }
    }
    ring.putMapEntry(bytes, keyStart, keyLength, start, length);
  }

  commit(): void {
    this.rows.commit();
  }

  rollback(): void {
    this.rows.rollback();
  }
}

function textBytes(event: CanonicalEvent): number {
  let bytes = ROW_OVERHEAD_BYTES + event.encodedBytes;
  for (let index = 0; index < event.filledCount; index++) {
    const target = event.filled[index]!;
    if (event.slot[target] === Slot.SPAN) bytes += event.length[target]!;
  }
  for (let entry = 0; entry < event.mapCount; entry++) {
    bytes += event.mapKeyLength[entry]! + event.mapValueLength[entry]!;
  }
  return bytes;
}
