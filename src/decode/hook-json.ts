/**
 * Hook payloads: a JSON object, or an array of them, → one record each, its MAP in `view.attributes`. Agents send one
 * object with `hook_event_name`; other senders may batch.
 */

import { OPEN_ARRAY, OPEN_OBJECT } from '../codec/json-bytes.ts';
import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { readJson } from '../codec/json-tree.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { signalOfKey } from './envelope-json.ts';
import { FIELD } from './otlp-names.ts';
import { checkRecordCount } from './record-count.ts';
import { wrongSignal } from './wrong-signal.ts';

export interface DecodedHooks {
  recordCount: number;
  isAgentHook: boolean;
}

/** Reads the whole body that the reader points at. */
export function decodeHooks(reader: JsonReader, view: RecordView, visitor: RecordVisitor): DecodedHooks {
  const hooks: DecodedHooks = { recordCount: 0, isAgentHook: false };
  view.clearResource();
  view.clearScope();
  reader.skipSpace();
  const first = reader.bytes[reader.pos];
  view.isHookList = first === OPEN_ARRAY;
  if (first === OPEN_OBJECT) readEvent(reader, view, visitor, hooks);
  else if (first !== OPEN_ARRAY) throw notHook(reader, 'an object or an array of objects');
  else {
    for (let more = reader.firstElement(); more; more = reader.nextElement()) {
      checkRecordCount(hooks.recordCount + 1);
      if (reader.bytes[reader.pos] === OPEN_OBJECT) readEvent(reader, view, visitor, hooks);
      else {
        hooks.recordCount++;
        const offset = reader.pos - reader.origin;
        skipValue(reader, 1);
        visitor.rejected(`event ${hooks.recordCount}: expected an object at offset ${offset}`);
      }
    }
  }
  reader.finish();
  return hooks;
}

function readEvent(reader: JsonReader, view: RecordView, visitor: RecordVisitor, hooks: DecodedHooks): void {
  const tape = view.tape;
  const nodes = tape.count;
  view.clearRecord();
  view.attributes = readJson(reader, 1);
  if (tape.child(view.attributes, FIELD.hookEventName) >= 0) hooks.isAgentHook = true;
  else refuseOtlp(view);
  hooks.recordCount++;
  visitor.record(view, 1);
  reader.move();
  tape.count = nodes;
}

/** An OTLP body on the hook route would become one event that nobody finds: name its route instead. */
function refuseOtlp(view: RecordView): void {
  const tape = view.tape;
  const end = tape.next[view.attributes]!;
  for (let node = view.attributes + 1; node < end; node = tape.next[node]!) {
    const other = signalOfKey(tape.keyId[node]!);
    if (other !== undefined) throw wrongSignal(view.provider, other);
  }
}

function notHook(reader: JsonReader, expected: string): object {
  const fault = reader.mismatch(expected);
  if (fault.code !== 'MALFORMED_JSON') fault.code = 'MALFORMED_HOOK';
  return fault;
}
