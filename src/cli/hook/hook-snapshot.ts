/**
 * A snapshot in the agent's time (300 ms unless set otherwise), then the rest is left to a background process, which sends
 * it as an event of its own. A working tree whose last snapshot took longer goes there at once.
 */

import fs from 'node:fs';
import path from 'node:path';
import { startBackground } from '../background.ts';
import { modaHome } from '../files/moda-home.ts';
import { changeFields } from '../snapshots/changed-paths.ts';
import type { SkipReason } from '../snapshots/refusal.ts';
import { readLast, shadowOf } from '../snapshots/shadow-repository.ts';
import { type SnapshotResult, takeSnapshot } from '../snapshots/take-snapshot.ts';
import type { HookRun, HookSnapshot } from './hook-command.ts';

/** A snapshot, or the reason why there is none; `late` when it follows. */
export async function snapshotWithinBudget(
  run: HookRun,
  eventId: string,
  ids: Readonly<Record<string, string>>,
): Promise<HookSnapshot> {
  const isSessionStart = run.event === run.dialect.sessionStart;
  const request = {
    home: run.settings.home,
    workspace: run.workspace,
    session: run.session,
    event: run.event,
    ids,
    firedAtMs: run.firedAtMs,
    isSessionStart,
  };
  const { snapshotBudgetMs } = run.settings;
  if (!isKnownSlow(run)) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), snapshotBudgetMs);
    const result = await takeSnapshot({ ...request, lockWaitMs: snapshotBudgetMs, signal: controller.signal });
    clearTimeout(timer);
    if (result.kind === 'taken') return describe(result, run.workspace.root);
    if (result.reason !== 'too slow' && result.reason !== 'busy') {
      sayOnce(run, result.reason);
      return { commit: undefined, tree: undefined, skipped: result.reason, changes: {}, details: undefined };
    }
  }
  const { agent } = run.dialect;
  const { session, event, firedAtMs } = run;
  const directory = run.workspace.root;
  startBackground(run.settings.home, {
    kind: 'late',
    agent,
    session,
    event,
    eventId,
    ids,
    directory,
    firedAtMs,
    isSessionStart,
  });
  return { commit: undefined, tree: undefined, skipped: 'late', changes: {}, details: undefined };
}

function describe(result: Extract<SnapshotResult, { kind: 'taken' }>, root: string): HookSnapshot {
  const { commit, tree, ref, sequence, shadow, changed } = result;
  const details = { ref, sequence, repository: path.basename(shadow.directory) };
  return { commit, tree, skipped: undefined, changes: changeFields(root, changed), details };
}

function isKnownSlow(run: HookRun): boolean {
  try {
    const shadow = shadowOf(run.settings.home, fs.realpathSync(run.workspace.root));
    return (readLast(shadow)?.tookMs ?? 0) > run.settings.snapshotBudgetMs;
  } catch {
    return false;
  }
}

/** One line per working tree and reason on standard error, which agents show only to those who look for it. */
function sayOnce(run: HookRun, reason: SkipReason): void {
  if (reason === 'failed' || reason === 'no directory') return;
  const said = path.join(modaHome(run.settings.home), 'said.txt');
  const line = `${run.workspace.root}: ${reason}`;
  try {
    const known = fs.existsSync(said) ? fs.readFileSync(said, 'utf8').split('\n') : [];
    if (known.includes(line) || known.length > 1000) return;
    fs.appendFileSync(said, `${line}\n`, { mode: 0o600 });
    fs.writeSync(2, `moda: no workspace snapshots of ${run.workspace.root} (${reason})\n`);
  } catch {
    // Not said; the row's snapshot_skipped says it.
  }
}
