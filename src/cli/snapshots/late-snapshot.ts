/** A snapshot outside of the agent's time: longer waits, few at once, and a working tree that is too slow even then is left alone. */

import fs from 'node:fs';
import type { LateSnapshotJob } from '../background.ts';
import type { Workspace } from '../hook/workspace.ts';
import { tryLock, unlock } from './lock.ts';
import { ensureRepository, ownFile, shadowOf, writeRefusal } from './shadow-repository.ts';
import { type SnapshotRequest, type SnapshotResult, skip, takeSnapshot } from './take-snapshot.ts';

/** Waiting for the lock and staging, each. */
const LATE_MS = 60_000;
/** Processes that may wait or work for one working tree. */
const LATE_RUNS_MAX = 4;
const REFUSAL_MS = 24 * 3600 * 1000;

/** Takes the snapshot that a hook had no time for. */
export async function takeLateSnapshot(
  home: string,
  workspace: Workspace,
  job: LateSnapshotJob,
): Promise<SnapshotResult> {
  const shadow = shadowOf(home, fs.realpathSync(workspace.root));
  ensureRepository(home, shadow);
  const { session, event, ids, firedAtMs, isSessionStart } = job;
  const controller = new AbortController();
  const request: SnapshotRequest = {
    home,
    workspace,
    session,
    event,
    ids,
    firedAtMs,
    isSessionStart,
    lockWaitMs: LATE_MS,
    signal: controller.signal,
  };
  const seats = Array.from({ length: LATE_RUNS_MAX }, (_seat, index) => ownFile(shadow, `late.${index}`));
  const seat = seats.find((candidate) => tryLock(candidate));
  if (seat === undefined) return skip(shadow, request, 'busy');
  const timer = setTimeout(() => controller.abort(), LATE_MS);
  try {
    const result = await takeSnapshot(request);
    if (result.kind === 'skipped' && (result.reason === 'too slow' || result.reason === 'busy')) {
      if (result.reason === 'too slow') writeRefusal(shadow, 'too slow', Date.now() + REFUSAL_MS);
      skip(shadow, request, result.reason);
    }
    return result;
  } finally {
    clearTimeout(timer);
    unlock(seat);
  }
}
