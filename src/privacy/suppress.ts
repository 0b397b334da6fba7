/** Takes text away and leaves markers: keys and shape, numbers and booleans stay. */

import { Kind, type Tape } from '../model/tape.ts';
import { suppressedMarker } from './marker.ts';
import { isPlaceholder } from './plain-text.ts';
import type { Redactor } from './redactor.ts';

const KEY_BYTES_MAX = 64;

/** Texts, keys that are no identifiers, and secrets in keys that one call took away. */
export interface Suppressed {
  texts: number;
  redactions: number;
}

/**
 * Replaces every text below `root` (itself included) by a SUPPRESSED node of this class, and every key that does not
 * look like an identifier by the marker. Placeholders stay: they are no text.
 */
export function suppressTree(tape: Tape, root: number, suppressedClass: number, redactor: Redactor): Suppressed {
  const result = { texts: 0, redactions: 0 };
  const end = tape.next[root]!;
  for (let node = root; node < end; node++) {
    const kind = tape.kind[node]!;
    if (kind === Kind.STRING || kind === Kind.JSON || kind === Kind.BYTES) {
      if (isPlaceholder(tape.bytes, tape.start[node]!, tape.length[node]!)) continue;
      tape.kind[node] = Kind.SUPPRESSED;
      tape.start[node] = suppressedClass;
      result.texts++;
    }
    if (node !== root && tape.keyId[node] === 0 && tape.keyLength[node]! > 0) {
      suppressKey(tape, node, suppressedClass, redactor, result);
    }
  }
  if (result.texts + result.redactions > 0) tape.changed.fill(1, root, end);
  return result;
}

function suppressKey(tape: Tape, node: number, suppressedClass: number, redactor: Redactor, result: Suppressed): void {
  const start = tape.keyStart[node]!;
  const length = tape.keyLength[node]!;
  if (!isIdentifier(tape.bytes, start, length)) {
    const marker = tape.append(Buffer.from(suppressedMarker(suppressedClass, length)));
    tape.setKey(node, marker, tape.used - marker);
    result.texts++;
    return;
  }
  const found = redactor.redactText(tape, start, length);
  if (found === 0) return;
  tape.setKey(node, redactor.start, redactor.length);
  result.redactions += found;
}

function isIdentifier(bytes: Uint8Array, start: number, length: number): boolean {
  if (length > KEY_BYTES_MAX) return false;
  for (let index = start; index < start + length; index++) {
    const byte = bytes[index]!;
    const isWord = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
    if (!isWord && byte !== 0x5f && byte !== 0x2d && byte !== 0x2e && byte !== 0x24) return false;
  }
  return true;
}
