/**
 * What an error payload says of itself. Codex puts a whole JSON answer of the model's server into `error.message`; kind
 * and message of the error inside it stay as the first line would, the rest of the payload is output.
 */

import { internName } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';

const WRAPPERS = ['error', 'response', 'detail', 'details', 'data'].map(internName);
const KINDS = ['code', 'type', 'status', 'name', 'error_type'].map(internName);
const TEXTS = ['message', 'error_message', 'msg', 'error', 'detail', 'reason'].map(internName);
const DEPTH_MAX = 4;

/** `kind: message` of the error object at `node` or in one of its usual wrappers; empty when there is none. */
export function errorText(tape: Tape, node: number, depth = 0): string {
  if (tape.kind[node] === Kind.JSON) return errorText(tape, tape.double[node]!, depth);
  if (tape.kind[node] !== Kind.MAP || depth > DEPTH_MAX) return '';
  for (const wrapper of WRAPPERS) {
    const inner = tape.child(node, wrapper);
    const found = inner < 0 ? '' : errorText(tape, inner, depth + 1);
    if (found !== '') return found;
  }
  const message = firstString(tape, node, TEXTS);
  const kind = firstString(tape, node, KINDS);
  return message === '' || kind === '' ? message || kind : `${kind}: ${message}`;
}

function firstString(tape: Tape, node: number, keys: readonly number[]): string {
  for (const key of keys) {
    const child = tape.child(node, key);
    if (child >= 0 && tape.kind[child] === Kind.STRING && tape.length[child]! > 0) {
      return tape.text(tape.start[child]!, tape.length[child]!);
    }
  }
  return '';
}
