/** Values whose name stands beside them instead of being their key: `{name, value}` pairs and arguments behind a flag. */

import { internName } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { KeyKind, type KeyKindValue } from './key-names.ts';
import type { Redactor } from './redactor.ts';

const VALUE = internName('value');
const NAMES = ['name', 'key', 'header', 'field', 'variable', 'env', 'param'].map(internName);
const DASH = 0x2d;
const NAME_BYTES_MAX = 96;

/** What the neighbours of `child` say of it; `before` is the sibling before it or -1. NONE for nearly all values. */
export function kindByNeighbour(
  tape: Tape,
  container: number,
  before: number,
  child: number,
  redactor: Redactor,
): KeyKindValue {
  if (tape.kind[child] !== Kind.STRING) return KeyKind.NONE;
  if (tape.keyId[child] === VALUE) return kindOfPair(tape, container, redactor);
  if (before < 0 || tape.kind[container] !== Kind.ARRAY || tape.kind[before] !== Kind.STRING) return KeyKind.NONE;
  return tape.bytes[tape.start[before]!] === DASH ? kindOfText(tape, before, redactor) : KeyKind.NONE;
}

function kindOfPair(tape: Tape, container: number, redactor: Redactor): KeyKindValue {
  for (const name of NAMES) {
    const node = tape.child(container, name);
    if (node >= 0 && tape.kind[node] === Kind.STRING) return kindOfText(tape, node, redactor);
  }
  return KeyKind.NONE;
}

function kindOfText(tape: Tape, node: number, redactor: Redactor): KeyKindValue {
  const length = tape.length[node]!;
  return length === 0 || length > NAME_BYTES_MAX ? KeyKind.NONE : redactor.kindOfKey(tape, tape.start[node]!, length);
}
