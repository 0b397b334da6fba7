/**
 * The session_end signal: the session's identity and its final shadow-workspace metadata. Ids, counts, hashes and paths
 * only; never a credential, never content of a file.
 */

import type { HookRun, HookSnapshot } from './hook-command.ts';
import { correlationOf, directoryOf, textOf } from './hook-event.ts';
import type { SessionEndIdentity } from './session-marks.ts';

/** The body of POST /v1/sessions/end. It replaces the hook's own row, so it repeats what that one says. */
export function sessionEndBody(run: HookRun, ending: SessionEndIdentity, snapshot: HookSnapshot | undefined): string {
  const { dialect, payload, workspace } = run;
  const reason = textOf(payload['reason']);
  return JSON.stringify({
    hook_event_name: dialect.sessionEnd,
    signal: 'session_end',
    agent: dialect.agent,
    provider: dialect.provider,
    session_id: run.session,
    ...correlationOf(payload),
    event_id: ending.eventId,
    timestamp: ending.timestamp,
    ended_at: new Date(run.firedAtMs).toISOString(),
    // An agent's word such as "other" or "window_close"; anything longer is not one.
    ...(reason !== undefined && /^[\w-]{1,40}$/.test(reason) ? { reason } : {}),
    cwd: directoryOf(payload),
    transcript_path: textOf(payload['transcript_path']),
    repo: workspace.repo,
    branch: workspace.branch === '' ? undefined : workspace.branch,
    snapshot_commit: snapshot?.commit,
    snapshot_tree: snapshot?.tree,
    snapshot_skipped: snapshot?.skipped,
    shadow_repository: snapshot?.details?.repository,
    shadow_ref: snapshot?.details?.ref,
    shadow_snapshots: snapshot?.details?.sequence,
    worktree: workspace.root,
  });
}
