/**
 * A record's attributes as JSON text. The text of leading attributes that repeat the record before (attribute-run.ts) and
 * that scrubbing left alone, in both records, is copied from where it stands in the document already.
 */

import { RUN_MAX } from '../model/attribute-run.ts';
import type { RecordView } from '../model/record.ts';
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './json-bytes.ts';
import type { JsonSink } from './json-sink.ts';
import { writeKeyValue } from './json-values.ts';

export class AttributeTexts {
  /** Record whose texts are known; 0: none. They begin at `start` of the document, each ends at `start` + its end. */
  private serial = 0;
  private count = 0;
  private start = 0;
  private readonly end = new Int32Array(RUN_MAX);

  /** Forgets all texts; to call when a document begins. */
  reset(): void {
    this.serial = 0;
  }

  /** Writes the list `view.attributes` as an array of KeyValue. */
  write(sink: JsonSink, view: RecordView): void {
    const { run, tape, attributes } = view;
    const { end } = this;
    sink.ensure(0);
    sink.byte(OPEN_ARRAY);
    const untouched = run.untouched(tape, attributes);
    let index = this.repeat(sink, view, untouched);
    const start = sink.pos - (index > 0 ? end[index - 1]! : 0);
    this.start = start;
    this.count = index;
    const last = tape.next[attributes]!;
    for (let node = attributes + 1 + index; node < last && !sink.isFull(); node = tape.next[node]!, index++) {
      writeKeyValue(sink, tape, node);
      if (index < untouched) {
        end[index] = sink.pos - start;
        this.count = index + 1;
      }
    }
    // A text that was cut must not stand for a whole one.
    this.serial = sink.isCut ? 0 : run.serial;
    sink.close(CLOSE_ARRAY);
  }

  /** Copies the texts of repeated attributes; returns how many. */
  private repeat(sink: JsonSink, view: RecordView, untouched: number): number {
    const { run } = view;
    if (run.base === 0 || run.base !== this.serial) return 0;
    const count = Math.min(run.count, this.count, untouched);
    if (count === 0 || !sink.repeat(this.start, this.end[count - 1]!)) return 0;
    // The comma behind the last one became a bracket when it ended its list.
    sink.bytes[sink.pos - 1] = COMMA;
    return count;
  }
}
