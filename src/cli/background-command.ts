/** `moda background <job>`: what startBackground starts. Not for people; it says nothing and leaves no error behind. */

import os from 'node:os';
import type { BackgroundJob, LateSnapshotJob } from './background.ts';
import { hookConnection } from './hook/delivery.ts';
import { flushQueue } from './hook/flush.ts';
import { DIALECTS } from './hook/hook-event.ts';
import { isDelivered, isHopeless, post } from './hook/post.ts';
import { enqueue } from './hook/queue.ts';
import { uuidOf } from './hook/session-marks.ts';
import { findWorkspace } from './hook/workspace.ts';
import { type CliSettings, readSettings } from './settings.ts';
import { changeFields } from './snapshots/changed-paths.ts';
import { takeLateSnapshot } from './snapshots/late-snapshot.ts';
import { maintain } from './snapshots/maintenance.ts';

/** An event that is sent after its snapshot; the server has all the time it needs. */
const POST_MS = 10_000;

/** Runs one job. */
export async function runBackground(jobText: string): Promise<number> {
  const job = JSON.parse(jobText) as BackgroundJob;
  const settings = readSettings();
  stepAside(job.kind === 'maintain');
  if (job.kind === 'late') await sendLate(settings, job);
  else await flushQueue(settings);
  if (job.kind === 'maintain') await maintain(settings.home);
  return 0;
}

/** Nobody waits for this process; where the system does not allow a lower priority it runs as it is. */
function stepAside(isUnhurried: boolean): void {
  const { PRIORITY_LOW, PRIORITY_BELOW_NORMAL } = os.constants.priority;
  try {
    os.setPriority(isUnhurried ? PRIORITY_LOW : PRIORITY_BELOW_NORMAL);
  } catch {
    // Not permitted here.
  }
}

/** Takes the snapshot and sends it as a `Snapshot` event that names the event it belongs to. */
async function sendLate(settings: CliSettings, job: LateSnapshotJob): Promise<void> {
  const workspace = findWorkspace(job.directory);
  const startedAt = new Date().toISOString();
  const result = await takeLateSnapshot(settings.home, workspace, job);
  const connection = hookConnection(settings);
  if (result.kind !== 'taken' || connection === undefined) return;
  const dialect = DIALECTS[job.agent];
  const eventId = uuidOf(`moda snapshot\0${job.eventId}`);
  const body = JSON.stringify({
    hook_event_name: 'Snapshot',
    session_id: job.session,
    ...job.ids,
    event_id: eventId,
    timestamp: startedAt,
    cwd: workspace.root,
    repo: workspace.repo,
    branch: workspace.branch === '' ? undefined : workspace.branch,
    snapshot_commit: result.commit,
    snapshot_tree: result.tree,
    ...changeFields(workspace.root, result.changed),
    snapshot_of: job.event,
    snapshot_of_event_id: job.eventId,
  });
  const queued = { route: `/v1/otel/${dialect.agent}/hooks`, body };
  const outcome = await post({ ...connection, ...queued, timeoutMs: POST_MS });
  if (!isDelivered(outcome) && !isHopeless(outcome)) enqueue(settings.home, queued, Date.now(), eventId);
}
