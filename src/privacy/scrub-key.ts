/** A secret may stand in a key as well. Only keys without a number come here: the known ones hold none and are short. */

import { cutAtCharacter } from '../codec/utf8.ts';
import { KEY_BYTES_MAX } from '../limits.ts';
import type { Tape } from '../model/tape.ts';
import type { Redactor } from './redactor.ts';

/** Redacts the node's key, then cuts it; returns how many secrets it held. */
export function scrubKey(tape: Tape, node: number, redactor: Redactor): number {
  const found = redactor.redactText(tape, tape.keyStart[node]!, tape.keyLength[node]!);
  const start = found > 0 ? redactor.start : tape.keyStart[node]!;
  const length = found > 0 ? redactor.length : tape.keyLength[node]!;
  const kept = cutAtCharacter(tape.bytes, start, length, KEY_BYTES_MAX);
  if (found === 0 && kept === length) return 0;
  tape.setKey(node, start, kept);
  tape.changed[node] = 1;
  return found;
}
