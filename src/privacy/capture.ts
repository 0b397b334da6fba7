/**
 * The capture rule: whether a prompt or an output is kept at all. Pure; the same function for both switches.
 * Source: the product page, "Capture policy".
 */

import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';

/** capture = server flag OR (gate AND event opt-in). */
export function isCaptured(serverCapture: boolean, allowEventLevelOptIn: boolean, eventLevelOptIn: boolean): boolean {
  return serverCapture || (allowEventLevelOptIn && eventLevelOptIn);
}

/** Numbers of the attributes by which an event opts in. */
export const OPT_IN_PROMPTS = internName('moda.capture_prompts');
export const OPT_IN_OUTPUTS = internName('moda.capture_outputs');
const NESTED_ATTRIBUTES = internName('attributes');

/** Where a text stands; an opt-in counts for its own scope and those inside it. */
export type CaptureScope = 'record' | 'scope' | 'resource';

/**
 * Whether a text of this scope is opted in by this attribute. The innermost scope that carries it decides, also when it
 * says no: the record's attributes (in a hook: its `attributes` object, then the payload itself), then the scope's, then
 * the resource's.
 */
export function isOptedIn(view: RecordView, attribute: number, scope: CaptureScope): boolean {
  const { tape } = view;
  let found = -1;
  if (scope === 'record') {
    if (view.signal === 'hooks' && view.attributes >= 0) {
      found = attributeOf(tape, tape.child(view.attributes, NESTED_ATTRIBUTES), attribute);
    }
    if (found < 0) found = attributeOf(tape, view.attributes, attribute);
  }
  if (found < 0 && scope !== 'resource') found = attributeOf(tape, view.scopeAttributes, attribute);
  if (found < 0) found = attributeOf(tape, view.resourceAttributes, attribute);
  return found >= 0 && isYes(tape, found);
}

function attributeOf(tape: Tape, container: number, attribute: number): number {
  if (container < 0) return -1;
  const kind = tape.kind[container]!;
  return kind === Kind.KVLIST || kind === Kind.MAP ? tape.child(container, attribute) : -1;
}

/** Boolean true, or exactly the strings `true` and `1`. */
function isYes(tape: Tape, node: number): boolean {
  const kind = tape.kind[node]!;
  if (kind === Kind.TRUE) return true;
  if (kind !== Kind.STRING) return false;
  const start = tape.start[node]!;
  const { bytes } = tape;
  if (tape.length[node] === 1) return bytes[start] === 0x31;
  return (
    tape.length[node] === 4 &&
    bytes[start] === 0x74 &&
    bytes[start + 1] === 0x72 &&
    bytes[start + 2] === 0x75 &&
    bytes[start + 3] === 0x65
  );
}
