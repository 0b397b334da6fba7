/** Attributes as JSON text. The text of an attribute that came before (attribute-memory.ts) is copied. */

import type { RecordView } from '../model/record.ts';
import type { Tape } from '../model/tape.ts';
import { MEMO_ENTRIES, MEMO_SHIFT, Memo, memoWords } from './attribute-memory.ts';
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './json-bytes.ts';
import type { JsonSink } from './json-sink.ts';
import { writeKeyValue } from './json-values.ts';
import { copyBytes } from './rowbinary.ts';

/** Longest text that is kept; `Memo.TEXT_BYTES` says how much of it is used. */
const TEXT_BYTES_MAX = 320;
const texts = new Uint8Array(MEMO_ENTRIES * TEXT_BYTES_MAX);

/** Where the text of a prefix (attribute-prefix.ts) stands in the sink that holds the document under way. */
let prefixSerial = 0;
let prefixStart = 0;
let prefixBytes = 0;

/** Writes a list of attributes of a scope or resource as an array of KeyValue. */
export function writeRememberedAttributes(sink: JsonSink, tape: Tape, list: number): void {
  sink.ensure(0);
  sink.byte(OPEN_ARRAY);
  writeSome(sink, tape, list + 1, tape.next[list]!);
  sink.close(CLOSE_ARRAY);
}

/** The same for a record: the text of what it shares with records before it is copied. */
export function writeRecordAttributes(sink: JsonSink, view: RecordView): void {
  const { tape, attributes } = view;
  sink.ensure(0);
  sink.byte(OPEN_ARRAY);
  writeSome(sink, tape, view.prefixSerial === 0 ? attributes + 1 : writePrefix(sink, view), tape.next[attributes]!);
  sink.close(CLOSE_ARRAY);
}

/** Writes the prefix, from its text when that is known; the first node behind it. */
function writePrefix(sink: JsonSink, view: RecordView): number {
  const { prefixEnd } = view;
  if (view.prefixSerial === prefixSerial && sink.copy(sink.bytes, prefixStart, prefixBytes)) {
    sink.byte(COMMA);
    return prefixEnd;
  }
  const start = sink.pos;
  writeSome(sink, view.tape, view.attributes + 1, prefixEnd);
  // A text that was cut must not stand for a whole one.
  if (sink.isCut) return prefixEnd;
  prefixSerial = view.prefixSerial;
  prefixStart = start;
  // The last comma may become the bracket of the list.
  prefixBytes = sink.pos - start - 1;
  return prefixEnd;
}

function writeSome(sink: JsonSink, tape: Tape, first: number, end: number): void {
  for (let node = first; node < end && !sink.isFull(); node = tape.next[node]!) {
    // What scrubbing changed is no longer what the memory knows.
    const memo = tape.changed[node] === 0 ? tape.memo[node]! : 0;
    if (memo === 0) writeKeyValue(sink, tape, node);
    else writeKnown(sink, tape, node, memo);
  }
}

function writeKnown(sink: JsonSink, tape: Tape, node: number, memo: number): void {
  const from = memo * TEXT_BYTES_MAX;
  const word = (memo << MEMO_SHIFT) + Memo.TEXT_BYTES;
  const known = memoWords[word]!;
  if (known !== 0 && sink.copy(texts, from, known)) return;
  const start = sink.pos;
  writeKeyValue(sink, tape, node);
  const length = sink.pos - start;
  // A text that was cut must not stand for a whole one.
  if (sink.isCut || length > TEXT_BYTES_MAX) return;
  copyBytes(texts, from, sink.bytes, start, length);
  memoWords[word] = length;
}
