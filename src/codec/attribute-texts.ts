/** A record's attributes as JSON text. The text of an attribute that came before (attribute-memory.ts) is copied. */

import type { RecordView } from '../model/record.ts';
import type { Tape } from '../model/tape.ts';
import { MEMO_ENTRIES, memoVersion } from './attribute-memory.ts';
import { CLOSE_ARRAY, OPEN_ARRAY } from './json-bytes.ts';
import type { JsonSink } from './json-sink.ts';
import { writeKeyValue } from './json-values.ts';
import { copyBytes } from './rowbinary.ts';

/** Longest text that is kept. */
const TEXT_BYTES_MAX = 320;

export class AttributeTexts {
  private readonly version = new Int32Array(MEMO_ENTRIES);
  private readonly length = new Uint16Array(MEMO_ENTRIES);
  private readonly bytes = new Uint8Array(MEMO_ENTRIES * TEXT_BYTES_MAX);

  /** Writes the list `view.attributes` as an array of KeyValue. */
  write(sink: JsonSink, view: RecordView): void {
    const { tape, attributes } = view;
    sink.ensure(0);
    sink.byte(OPEN_ARRAY);
    const end = tape.next[attributes]!;
    for (let node = attributes + 1; node < end && !sink.isFull(); node = tape.next[node]!) {
      // What scrubbing changed is no longer what the memory knows.
      const memo = tape.changed[node] === 0 ? tape.memo[node]! : 0;
      if (memo === 0) writeKeyValue(sink, tape, node);
      else this.writeKnown(sink, tape, node, memo);
    }
    sink.close(CLOSE_ARRAY);
  }

  private writeKnown(sink: JsonSink, tape: Tape, node: number, memo: number): void {
    const from = memo * TEXT_BYTES_MAX;
    if (this.version[memo] === memoVersion[memo] && sink.copy(this.bytes, from, this.length[memo]!)) return;
    const start = sink.pos;
    writeKeyValue(sink, tape, node);
    const length = sink.pos - start;
    // A text that was cut must not stand for a whole one.
    if (sink.isCut || length > TEXT_BYTES_MAX) return;
    copyBytes(this.bytes, from, sink.bytes, start, length);
    this.length[memo] = length;
    this.version[memo] = memoVersion[memo]!;
  }
}
