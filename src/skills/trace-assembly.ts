/** Turns the merged rows of a session into a trace: classes tools, reads outcomes, folds hooks that carry no call id. */

import type { Provider } from '../model/identity.ts';
import { parseCommands } from './command.ts';
import { relativePath } from './paths.ts';
import { epochMs } from './store.ts';
import type { Outcome, SessionTrace, Step, ToolClass } from './trace.ts';
import type { PendingSession, StepRow } from './trace-query.ts';

const SHELL_TOOLS = /^(bash|shell|exec_command|local_shell|shell_command|run_terminal_cmd|terminal|unified_exec)$/i;
const EDIT_TOOLS =
  /^(edit|multiedit|write|notebookedit|apply_patch|str_replace|create_file|edit_file|search_replace)$/i;

/** How far apart two hooks of one call may lie, when neither carries an id. */
const FOLD_WINDOW_MS = 120_000;
/** Two rows of one prompt, by log and by hook, arrive within this time. */
const SAME_PROMPT_MS = 3_000;

/** `rows` are one session's, in the order of time. */
export function assembleTrace(session: PendingSession, rows: readonly StepRow[]): SessionTrace {
  const kept = dropRepeatedPrompts(foldRowsWithoutId(rows));
  const receivedAtMs = epochMs(session.last_ingested_at);
  return {
    provider: session.provider as Provider,
    sessionId: session.session_id,
    repo: session.repo_name,
    userKey: session.user_key,
    startedAtMs: Math.min(epochMs(session.first_at), receivedAtMs),
    receivedAtMs,
    steps: kept.map((row) => toStep(row, session.root)),
  };
}

/**
 * Cursor's shell and file hooks carry no call id. One that repeats a call known by its id is dropped; a `before…` row and
 * its `after…` row become one step.
 */
function foldRowsWithoutId(rows: readonly StepRow[]): StepRow[] {
  const withId = rows.filter((row) => row.kind === 'call' && row.has_id === 1);
  const used = new Set<StepRow>();
  const kept: StepRow[] = [];
  const open = new Map<string, number>();
  for (const row of rows) {
    if (row.kind !== 'call' || row.has_id === 1) {
      kept.push(row);
      continue;
    }
    const subject = row.line !== '' ? row.line : row.file;
    if (repeatsKnownCall(row, subject, withId, used)) continue;
    const started = open.get(subject);
    if (row.has_result === 1 && started !== undefined) {
      kept[started] = merge(kept[started]!, row);
      open.delete(subject);
    } else {
      if (row.has_result !== 1) open.set(subject, kept.length);
      kept.push(row);
    }
  }
  return kept;
}

/** `before…` and `after…` of one call both repeat it, so a call may be repeated once by each. */
function repeatsKnownCall(row: StepRow, subject: string, known: readonly StepRow[], used: Set<StepRow>): boolean {
  for (const call of known) {
    if (call.at_ms > row.at_ms + FOLD_WINDOW_MS) return false;
    const sameSubject = call.line === subject || call.file === subject;
    if (!sameSubject || call.at_ms < row.at_ms - FOLD_WINDOW_MS) continue;
    if (row.has_result === 1 && used.has(call)) continue;
    if (row.has_result === 1) used.add(call);
    return true;
  }
  return false;
}

function merge(start: StepRow, result: StepRow): StepRow {
  return {
    ...start,
    event_ids: [...start.event_ids, ...result.event_ids].slice(0, 8),
    code: result.code,
    succeeded: result.succeeded,
    failure: result.failure,
    has_result: 1,
    tree: result.tree || start.tree,
    names_changes: result.names_changes || start.names_changes,
  };
}

/** A prompt that came as log and as hook without a common id. The row with the text stays. */
function dropRepeatedPrompts(rows: readonly StepRow[]): StepRow[] {
  const kept: StepRow[] = [];
  let lastPrompt = -1;
  for (const row of rows) {
    if (row.kind === 'prompt') {
      const previous = kept[lastPrompt];
      if (previous !== undefined && isSamePrompt(previous, row)) {
        kept[lastPrompt] = mergePrompts(previous, row);
        continue;
      }
      lastPrompt = kept.length;
    }
    kept.push(row);
  }
  return kept;
}

/** The row with the text, and the snapshot of either: only the hook has one. */
function mergePrompts(first: StepRow, second: StepRow): StepRow {
  const told = first.text === '' ? second : first;
  const seen = first.tree === '' ? second : first;
  return {
    ...told,
    at_ms: first.at_ms,
    tree: seen.tree,
    changed_paths: seen.changed_paths,
    names_changes: seen.names_changes,
  };
}

function isSamePrompt(left: StepRow, right: StepRow): boolean {
  if (right.at_ms - left.at_ms > SAME_PROMPT_MS) return false;
  if (left.text !== '' && right.text !== '') return left.text === right.text;
  return left.text_length === right.text_length;
}

function toStep(row: StepRow, root: string): Step {
  const toolClass = row.kind === 'call' ? classOf(row) : 'other';
  return {
    kind: row.kind,
    id: row.step_id,
    atMs: row.at_ms,
    eventIds: row.event_ids,
    toolClass,
    tool: toolNameOf(row),
    outcome: row.kind === 'call' ? outcomeOf(row, toolClass) : 'unknown',
    failure: failureOf(row),
    command: toolClass === 'shell' ? row.line : '',
    commands: toolClass === 'shell' ? parseCommands(row.line) : [],
    path: toolClass === 'edit' ? relativePath(editedPath(row), root) : undefined,
    promptText: isMachinePrompt(row.text) ? '' : row.text,
    isInterrupt: row.kind === 'mark' && row.interrupted === 1,
    snapshotTree: row.tree,
    changedPaths: changedPathsOf(row.changed_paths, root),
    namesChanges: row.names_changes === 1,
  };
}

function classOf(row: StepRow): ToolClass {
  if (EDIT_TOOLS.test(row.tool) || (row.tool === '' && row.file !== '')) return 'edit';
  if (SHELL_TOOLS.test(row.tool) || (row.tool === '' && row.line !== '')) return 'shell';
  return 'other';
}

function toolNameOf(row: StepRow): string {
  if (row.server === '' || row.tool.startsWith('mcp__')) return row.tool;
  return `mcp__${row.server}__${row.tool}`;
}

/** Codex calls a command a success whatever it exits with: without an exit code its word says only that it ran. */
function outcomeOf(row: StepRow, toolClass: ToolClass): Outcome {
  if (row.rejected === 1) return 'rejected';
  if (row.interrupted === 1) return 'interrupted';
  if ((row.code !== null && row.code !== 0) || row.succeeded === false || row.succeeded === 0) return 'failed';
  const isVague = row.provider === 'codex' && toolClass === 'shell' && row.code === null;
  if (row.code === 0 || (!isVague && (row.succeeded === true || row.succeeded === 1))) return 'ok';
  return row.has_result === 1 ? 'ran' : 'unknown';
}

function failureOf(row: StepRow): string {
  if (row.code !== null && row.code !== 0) return `exit ${row.code}`;
  return /^[\w.:-]{1,40}$/.test(row.failure) ? row.failure : '';
}

const PATCHED_FILE = /^\*\*\* (?:Update|Add|Delete) File: (.{1,512})$/m;

/** Codex's apply_patch carries its path inside the patch. */
function editedPath(row: StepRow): string {
  return row.file !== '' ? row.file : (PATCHED_FILE.exec(row.line)?.[1]?.trim() ?? '');
}

/** Prompts that a client wrote: finished background tasks, Codex's title thread. */
function isMachinePrompt(text: string): boolean {
  return text.startsWith('<task-notification>') || text.startsWith('Generate a concise, single-line task title');
}

const CHANGED_PATHS_MAX = 64;

/** What a snapshot's event names as changed: a JSON list of paths, absolute ones below the session's root; else none. */
function changedPathsOf(text: string, root: string): string[] {
  if (text === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return [];
    return parsed
      .slice(0, CHANGED_PATHS_MAX)
      .map((item) => (typeof item === 'string' ? relativePath(item, root) : undefined))
      .filter((item) => item !== undefined);
  } catch {
    // Cut or withheld on its way.
    return [];
  }
}
