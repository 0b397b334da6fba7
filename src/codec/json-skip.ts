/** Walking over a JSON value that nobody asked for, with the grammar checked all the same. */

import { NESTING_DEPTH_MAX } from '../limits.ts';
import { LETTER_F, LETTER_N, LETTER_T, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-bytes.ts';
import type { JsonReader } from './json-reader.ts';

/** One level of AnyValue is three of JSON, so what may be read is deeper than NESTING_DEPTH_MAX when it is skipped. */
const SKIP_DEPTH_MAX = NESTING_DEPTH_MAX * 4;

/** Skips the value at the cursor, itself at nesting `depth`. */
export function skipValue(reader: JsonReader, depth: number): void {
  switch (reader.bytes[reader.pos]) {
    case QUOTE:
      skipString(reader);
      return;
    case OPEN_OBJECT:
      reader.checkDepth(depth, SKIP_DEPTH_MAX);
      for (let more = reader.firstKey(); more; more = reader.nextKey()) skipValue(reader, depth + 1);
      return;
    case OPEN_ARRAY:
      reader.checkDepth(depth, SKIP_DEPTH_MAX);
      for (let more = reader.firstElement(); more; more = reader.nextElement()) skipValue(reader, depth + 1);
      return;
    case LETTER_T:
    case LETTER_F:
      reader.boolean('');
      return;
    case LETTER_N:
      reader.takeNull();
      return;
    default:
      reader.number('a value');
  }
}

/** Skips a string without keeping what its escapes stand for. */
function skipString(reader: JsonReader): void {
  const used = reader.tape.used;
  reader.string('');
  reader.tape.used = used;
}
