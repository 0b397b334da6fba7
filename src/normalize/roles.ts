/** Keys that are used up without a column of their own, and words that tell success or failure. */

import { type CanonicalEvent, Slot } from '../model/event.ts';
import type { Signal } from '../model/identity.ts';
import { internName, NAMES_MAX } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind } from '../model/tape.ts';
import { COLUMN } from './columns.ts';
import type { EventIdentity } from './identify.ts';
import { constantSpan, span } from './values.ts';

const OTLP_NAMES = keySet(['event.name', 'event.timestamp']);
const HOOK_NAMES = keySet(['hook_event_name', 'event_id']);

/** 1 for names whose value stands in event_name, timestamp or event_id; in another signal they are names like any other. */
export function consumedKeys(signal: Signal): Uint8Array {
  return signal === 'hooks' ? HOOK_NAMES : OTLP_NAMES;
}

function keySet(names: readonly string[]): Uint8Array {
  const keys = new Uint8Array(NAMES_MAX);
  for (const name of names) keys[internName(name)] = 1;
  return keys;
}

const STATUS_KEYS = [
  'outcome',
  'status',
  'final_status',
  'cursor.hook.outcome',
  'cursor.tool.status',
  'cursor.grok_bot.tool_result.outcome',
  'hook.command_outcome',
].map(internName);
const SUCCEEDED = new Set(['success', 'succeeded', 'ok', 'completed', 'connected', 'complete', 'exited']);
const FAILED = new Set([
  'error',
  'errored',
  'failed',
  'failure',
  'timeout',
  'aborted',
  'denied',
  'blocked',
  'cancelled',
]);
const FAILED_NAMES = new Set(['PostToolUseFailure', 'postToolUseFailure', 'StopFailure'].map(internName));
const SUCCEEDED_NAMES = new Set(['PostToolUse', 'postToolUse'].map(internName));
const WORD_BYTES_MAX = 16;

/** 1, 0, or -1 when nothing tells. */
export function statusWord(view: RecordView, identity: EventIdentity): number {
  if (identity.type === 'api_error') return 0;
  if (FAILED_NAMES.has(identity.nameId)) return 0;
  const { tape } = view;
  for (const key of STATUS_KEYS) {
    const node = view.attribute(key);
    if (node < 0 || tape.kind[node] !== Kind.STRING || tape.length[node]! > WORD_BYTES_MAX) continue;
    const word = tape.text(tape.start[node]!, tape.length[node]!).toLowerCase();
    if (SUCCEEDED.has(word)) return 1;
    if (FAILED.has(word)) return 0;
  }
  if (SUCCEEDED_NAMES.has(identity.nameId)) return identity.reportsFailure ? 0 : 1;
  return view.signal === 'traces' && view.statusCode === 2 ? 0 : -1;
}

const PERMISSION_DENIED = internName('PermissionDenied');
/** Claude Code's own word for it, in its tool_decision. */
const REJECT = internName('reject');

/** A hook that fires for refusals alone names no decision. */
export function fillDecision(identity: EventIdentity, event: CanonicalEvent): void {
  if (identity.nameId !== PERMISSION_DENIED || event.slot[COLUMN.decision] !== Slot.EMPTY) return;
  constantSpan(REJECT);
  event.setSpan(COLUMN.decision, span.start, span.length);
}
