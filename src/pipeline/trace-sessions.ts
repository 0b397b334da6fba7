/**
 * Codex names the conversation on few of a turn's 670 spans. A first walk over the body collects trace id → session, so
 * that the second walk can fill the others.
 */

import { decodeBody } from '../decode/decode.ts';
import { UNKNOWN_STRING_BYTES_MAX } from '../limits.ts';
import { internName } from '../model/names.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { Kind } from '../model/tape.ts';

const CONVERSATION_ID = internName('conversation.id');
/** Traces in one request whose sessions are remembered; real requests hold a handful. */
const TRACES_MAX = 4096;

export interface SessionSpan {
  readonly start: number;
  readonly length: number;
}

/** Sessions by trace id (16 bytes as Latin-1 text). Spans of the workspace, not yet scrubbed. */
export type TraceSessions = Map<string, SessionSpan>;

/** The map's key for the record under the cursor. */
export function traceKey(view: RecordView): string {
  const { tape } = view;
  return Buffer.from(tape.bytes.buffer, view.traceIdStart, view.traceIdLength).toString('latin1');
}

class SessionCollector implements RecordVisitor {
  readonly sessions: TraceSessions = new Map();

  record(view: RecordView): void {
    if (view.traceIdLength !== 16 || view.attributes < 0) return;
    const { tape } = view;
    const node = tape.child(view.attributes, CONVERSATION_ID);
    if (node < 0 || tape.kind[node] !== Kind.STRING || !isId(tape.bytes, tape.start[node]!, tape.length[node]!)) return;
    const key = traceKey(view);
    if (this.sessions.size >= TRACES_MAX || this.sessions.has(key)) return;
    this.sessions.set(key, { start: tape.start[node]!, length: tape.length[node]! });
  }

  resource(): void {}
  resourceEnd(): void {}
  scope(): void {}
  scopeEnd(): void {}
  rejected(): void {}
}

/** Letters, digits and `-._:` only: any other text (prose, JSON, a patch) could be one that the capture rule withholds. */
function isId(bytes: Uint8Array, start: number, length: number): boolean {
  if (length === 0 || length > UNKNOWN_STRING_BYTES_MAX) return false;
  for (let index = start; index < start + length; index++) {
    const byte = bytes[index]!;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (!isDigit && !isLetter && byte !== 0x2d && byte !== 0x2e && byte !== 0x5f && byte !== 0x3a) return false;
  }
  return true;
}

/** Walks the body once; throws as decodeBody does. */
export function readTraceSessions(
  view: RecordView,
  bodyType: 'json' | 'protobuf',
  start: number,
  end: number,
): TraceSessions {
  const collector = new SessionCollector();
  decodeBody(view, 'traces', bodyType, start, end, collector);
  view.tape.count = 0;
  return collector.sessions;
}
