/**
 * Work that no agent should wait for: late snapshots, the queue, maintenance. It runs in a process of its own that outlives
 * the hook; its job is one JSON argument of ids and paths.
 */

import { spawn } from 'node:child_process';
import type { AgentId } from './agents/agent.ts';
import { modaHome } from './files/moda-home.ts';
import { ownScript } from './own-script.ts';
import { backgroundEnvironment } from './settings.ts';

/** A snapshot that did not fit into the hook's time; it follows as an event of its own. */
export interface LateSnapshotJob {
  readonly kind: 'late';
  readonly agent: AgentId;
  readonly session: string;
  readonly event: string;
  readonly eventId: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly firedAtMs: number;
  readonly isSessionStart: boolean;
}

export type BackgroundJob = LateSnapshotJob | { readonly kind: 'flush' } | { readonly kind: 'maintain' };

/** Starts a job and forgets it. Never throws: a machine out of processes loses only this. */
export function startBackground(home: string, job: BackgroundJob): void {
  const child = spawn(process.execPath, [ownScript(), 'background', JSON.stringify(job)], {
    // Not the working tree: that may be unmounted or removed while the job runs.
    cwd: modaHome(home),
    env: backgroundEnvironment(),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  child.on('error', () => {});
  child.unref();
}
