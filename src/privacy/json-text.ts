/**
 * Writes a scrubbed value back as JSON text into the tape's workspace, for strings that held JSON and were changed inside.
 * Suppressed text becomes a marker; 64-bit integers are written as digits.
 */

import { Kind, type Tape } from '../model/tape.ts';
import { suppressedMarker } from './marker.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Appends the JSON text of `root` to the workspace; it then lies at [returned start, tape.used). */
export function appendJson(tape: Tape, root: number): number {
  const parts: string[] = [];
  write(tape, root, parts);
  return tape.append(encoder.encode(parts.join('')));
}

function write(tape: Tape, node: number, parts: string[]): void {
  switch (tape.kind[node]) {
    case Kind.NULL:
      parts.push('null');
      return;
    case Kind.FALSE:
      parts.push('false');
      return;
    case Kind.TRUE:
      parts.push('true');
      return;
    case Kind.INT:
      parts.push(((BigInt(tape.length[node]!) << 32n) | BigInt(tape.start[node]! >>> 0)).toString());
      return;
    case Kind.DOUBLE:
      parts.push(JSON.stringify(tape.double[node]!));
      return;
    case Kind.SUPPRESSED:
      parts.push(JSON.stringify(suppressedMarker(tape.start[node]!, tape.length[node]!)));
      return;
    case Kind.BYTES:
      parts.push(`"${Buffer.from(spanOf(tape, tape.start[node]!, tape.length[node]!)).toString('base64')}"`);
      return;
    case Kind.ARRAY:
    case Kind.MAP:
    case Kind.KVLIST:
      writeContainer(tape, node, parts);
      return;
    default:
      parts.push(quote(tape, tape.start[node]!, tape.length[node]!));
  }
}

function writeContainer(tape: Tape, node: number, parts: string[]): void {
  const isArray = tape.kind[node] === Kind.ARRAY;
  parts.push(isArray ? '[' : '{');
  const end = tape.next[node]!;
  for (let child = node + 1; child < end; child = tape.next[child]!) {
    if (child !== node + 1) parts.push(',');
    if (!isArray) parts.push(quote(tape, tape.keyStart[child]!, Math.max(tape.keyLength[child]!, 0)), ':');
    write(tape, child, parts);
  }
  parts.push(isArray ? ']' : '}');
}

function spanOf(tape: Tape, start: number, length: number): Uint8Array {
  return tape.bytes.subarray(start, start + length);
}

function quote(tape: Tape, start: number, length: number): string {
  return JSON.stringify(decoder.decode(spanOf(tape, start, length)));
}
