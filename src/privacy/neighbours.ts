/**
 * Values whose name stands beside them instead of being their key: `{name, value}` pairs, `[name, value]` lists (headers)
 * and arguments behind a flag; and what stands below `data` in a manifest of kind Secret.
 */

import { internName, NAMES_MAX } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { KeyKind, type KeyKindValue } from './key-names.ts';
import { nameIdOfText } from './plain-text.ts';
import type { Redactor } from './redactor.ts';

/** By number of the key: 1 for those whose name is looked for beside them. */
const IS_VALUE = new Uint8Array(NAMES_MAX);
for (const name of ['value', 'Value', 'VALUE', 'val']) IS_VALUE[internName(name)] = 1;
const NAMES = ['name', 'Name', 'NAME', 'key', 'Key', 'header', 'field', 'variable', 'env', 'param', 'id'].map(
  internName,
);
/** By number of the key: 1 for those below which a Secret of Kubernetes keeps its values. */
const IS_DATA = new Uint8Array(NAMES_MAX);
for (const name of ['data', 'stringData']) IS_DATA[internName(name)] = 1;
const KIND = internName('kind');
const SECRET = internName('Secret');
const DASH = 0x2d;
const NAME_BYTES_MAX = 96;
/** `-p`, `-u`: what they take depends on the program. */
const SHORT_FLAG_BYTES = 2;
const ARGUMENT_BYTES_MAX = 512;

/** Whether the name of a value under this key is looked for beside it. */
export function isValueKey(keyId: number): boolean {
  return IS_VALUE[keyId] === 1;
}

/** What the neighbours of `child` say of it; `before` is the sibling before it or -1. NONE for nearly all values. */
export function kindByNeighbour(
  tape: Tape,
  container: number,
  before: number,
  child: number,
  redactor: Redactor,
): KeyKindValue {
  if (tape.kind[child] !== Kind.STRING) {
    return IS_DATA[tape.keyId[child]!] === 1 ? kindOfManifest(tape, container, child) : KeyKind.NONE;
  }
  if (isValueKey(tape.keyId[child]!)) return kindOfPair(tape, container, redactor);
  if (before < 0 || tape.kind[container] !== Kind.ARRAY || tape.kind[before] !== Kind.STRING) return KeyKind.NONE;
  const kind = kindOfText(tape, before, redactor);
  if (tape.bytes[tape.start[before]!] === DASH) {
    return kind === KeyKind.NONE && isPasswordOfProgram(tape, container, before, child, redactor)
      ? KeyKind.PASSWORD
      : kind;
  }
  // The text before may be a word like any other in the list: only what looks random is its value.
  return kind >= KeyKind.STRONG ? KeyKind.WEAK : KeyKind.NONE;
}

/** `{kind: "Secret", data: {…}}`. */
function kindOfManifest(tape: Tape, container: number, child: number): KeyKindValue {
  if (tape.kind[container] !== Kind.MAP || tape.kind[child] !== Kind.MAP) return KeyKind.NONE;
  const kind = tape.child(container, KIND);
  const isSecret = kind >= 0 && tape.kind[kind] === Kind.STRING && nameIdOfText(tape, kind) === SECRET;
  return isSecret ? KeyKind.MANIFEST : KeyKind.NONE;
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

/** `["sshpass", "-p", "x"]`: whether the same words in one line would be a command with a password. */
function isPasswordOfProgram(tape: Tape, list: number, flag: number, child: number, redactor: Redactor): boolean {
  const first = list + 1;
  const isShort = tape.length[flag] === SHORT_FLAG_BYTES && first < flag && tape.kind[first] === Kind.STRING;
  if (!isShort || tape.length[first]! + tape.length[child]! > ARGUMENT_BYTES_MAX) return false;
  const second = tape.next[first]!;
  const words =
    second < flag && tape.kind[second] === Kind.STRING ? [first, second, flag, child] : [first, flag, child];
  const line = words.map((node) => tape.text(tape.start[node]!, tape.length[node]!)).join(' ');
  const start = tape.append(Buffer.from(line));
  return redactor.findsSecret(tape, start, tape.used - start);
}
