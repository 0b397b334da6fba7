/** Attributes as JSON text. The text of an attribute that came before (attribute-memory.ts) is copied. */

import type { Tape } from '../model/tape.ts';
import { MEMO_ENTRIES, MEMO_SHIFT, Memo, memoWords } from './attribute-memory.ts';
import { CLOSE_ARRAY, OPEN_ARRAY } from './json-bytes.ts';
import type { JsonSink } from './json-sink.ts';
import { writeKeyValue } from './json-values.ts';
import { copyBytes } from './rowbinary.ts';

/** Longest text that is kept; `Memo.TEXT_BYTES` says how much of it is used. */
const TEXT_BYTES_MAX = 320;
const texts = new Uint8Array(MEMO_ENTRIES * TEXT_BYTES_MAX);

/** Writes a list of attributes of a record, scope or resource as an array of KeyValue. */
export function writeRememberedAttributes(sink: JsonSink, tape: Tape, list: number): void {
  sink.ensure(0);
  sink.byte(OPEN_ARRAY);
  const end = tape.next[list]!;
  for (let node = list + 1; node < end && !sink.isFull(); node = tape.next[node]!) {
    // What scrubbing changed is no longer what the memory knows.
    const memo = tape.changed[node] === 0 ? tape.memo[node]! : 0;
    if (memo === 0) writeKeyValue(sink, tape, node);
    else writeKnown(sink, tape, node, memo);
  }
  sink.close(CLOSE_ARRAY);
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
