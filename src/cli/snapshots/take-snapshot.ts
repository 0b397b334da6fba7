/**
 * Takes one snapshot of a working tree: lock, private index, stage, write the tree, commit it under a ref of the session.
 * The user's repository is only read (its index and object store seed the first snapshot), never written.
 */

import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../hook/workspace.ts';
import { GitInterrupted, git } from './git.ts';
import { tryLock, unlock, waitForLock } from './lock.ts';
import { appendRecord } from './records.ts';
import { isDiskLow, refusalOf, type SkipReason } from './refusal.ts';
import { copyIndex, refreshExcludes, seedIndex } from './seeding.ts';
import {
  ensureRepository,
  gitPlace,
  indexChecksum,
  type LastSnapshot,
  ownFile,
  readLast,
  readRefusal,
  type ShadowRepository,
  shadowOf,
  shadowRoot,
  writeLast,
  writeRefusal,
} from './shadow-repository.ts';
import { stageChanges } from './staging.ts';

export interface SnapshotRequest {
  readonly home: string;
  readonly workspace: Workspace;
  readonly session: string;
  /** Native name of the event it belongs to. */
  readonly event: string;
  readonly ids: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly firedAtMs: number;
  readonly isSessionStart: boolean;
  readonly lockWaitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type SnapshotResult =
  | {
      readonly kind: 'taken';
      readonly commit: string;
      readonly tree: string;
      readonly ref: string;
      readonly sequence: number;
      readonly files: number;
      /** Paths that changed since the snapshot before, relative to the working tree; empty when that is not known. */
      readonly changed: readonly string[];
      readonly shadow: ShadowRepository;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** How long a working tree that proved too large is left alone. */
const REFUSAL_MS = 24 * 3600 * 1000;

/** Takes a snapshot, or says why not. Never throws; an abort gives `too slow`, a held lock `busy`. */
export async function takeSnapshot(request: SnapshotRequest): Promise<SnapshotResult> {
  let realRoot: string;
  let realHome: string;
  try {
    realRoot = fs.realpathSync(request.workspace.root);
    realHome = fs.realpathSync(request.home);
    if (!fs.statSync(realRoot).isDirectory()) return { kind: 'skipped', reason: 'no directory' };
  } catch {
    return { kind: 'skipped', reason: 'no directory' };
  }
  const refusal = refusalOf(realRoot, realHome);
  if (refusal !== undefined) return { kind: 'skipped', reason: refusal };
  const shadow = shadowOf(request.home, realRoot);
  const known = readRefusal(shadow, Date.now());
  if (known !== undefined) return { kind: 'skipped', reason: known };
  try {
    ensureRepository(request.home, shadow);
    if (isDiskLow(shadowRoot(request.home))) return skip(shadow, request, 'low disk');
    const lock = ownFile(shadow, 'lock');
    if (!(tryLock(lock) || (await waitForLock(lock, request.lockWaitMs, request.signal)))) {
      return { kind: 'skipped', reason: 'busy' };
    }
    try {
      return await takeLocked(shadow, request);
    } finally {
      unlock(lock);
    }
  } catch (error) {
    const reason = reasonOf(error);
    // Out of time is no skip yet: the caller hands it to the background or records it.
    return reason === 'too slow' ? { kind: 'skipped', reason } : skip(shadow, request, reason);
  }
}

/** Records a skip, so that `moda snapshots list` shows the gap. */
export function skip(shadow: ShadowRepository, request: SnapshotRequest, reason: SkipReason): SnapshotResult {
  try {
    if (reason === 'too many files' || reason === 'too many bytes') {
      writeRefusal(shadow, reason, Date.now() + REFUSAL_MS);
    }
    appendRecord(shadow, {
      ...recordBase(request),
      sequence: 0,
      commit: '',
      tree: '',
      tookMs: 0,
      files: 0,
      skipped: reason,
    });
  } catch {
    // A full or read-only disk: the row still says that there is no snapshot.
  }
  return { kind: 'skipped', reason };
}

async function takeLocked(shadow: ShadowRepository, request: SnapshotRequest): Promise<SnapshotResult> {
  const { workspace, signal } = request;
  const last = readLast(shadow);
  // Its staging began after this event fired, so it shows this event's state as well as a new one would.
  if (last !== undefined && last.startedAtMs >= request.firedAtMs) return await reuse(shadow, request, last);
  const startedAtMs = Date.now();
  const isNew = last === undefined;
  if (isNew || request.isSessionStart) refreshExcludes(shadow, workspace);
  const kept = path.join(shadow.directory, 'index');
  const indexFile = path.join(shadow.directory, `index.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    if (fs.existsSync(kept)) copyIndex(kept, indexFile);
    else await seedIndex(shadow, workspace, indexFile, signal);
    const place = gitPlace(shadow, indexFile);
    let staged = await stageChanges(place, workspace, signal);
    if (staged.refused !== undefined) return skip(shadow, request, staged.refused);
    // The index is the one of the last snapshot, so what was staged is what changed since.
    let isContinued = last !== undefined && last.indexChecksum === indexChecksum(kept);
    const isSame = isContinued && staged.paths.length === 0;
    let tree = isSame && last !== undefined ? last.tree : await writeTree(shadow, indexFile, signal);
    if (tree === '') {
      isContinued = false;
      // An object that the user's repository had is gone: start from an empty index, which hashes every file again.
      fs.rmSync(indexFile, { force: true });
      staged = await stageChanges(place, workspace, signal);
      if (staged.refused !== undefined) return skip(shadow, request, staged.refused);
      tree = await writeTree(shadow, indexFile, signal);
      if (tree === '') return skip(shadow, request, 'failed');
    }
    const commit = last !== undefined && last.tree === tree ? last.commit : await commitTree(shadow, request, tree);
    if (commit === '') return skip(shadow, request, 'failed');
    const next = await publish(shadow, request, { last, commit, tree, startedAtMs });
    writeLast(shadow, { ...next, indexChecksum: indexChecksum(indexFile) });
    if (fs.existsSync(indexFile)) fs.renameSync(indexFile, kept);
    return taken(shadow, request, next, staged.paths, isContinued && last?.tree !== tree);
  } finally {
    for (const suffix of ['', '.lock']) fs.rmSync(`${indexFile}${suffix}`, { force: true });
  }
}

async function reuse(shadow: ShadowRepository, request: SnapshotRequest, last: LastSnapshot): Promise<SnapshotResult> {
  if (last.session === request.session) return taken(shadow, request, last, []);
  const { commit, tree, startedAtMs } = last;
  const next = await publish(shadow, request, { last, commit, tree, startedAtMs });
  writeLast(shadow, next);
  return taken(shadow, request, next, []);
}

interface Publication {
  readonly last: LastSnapshot | undefined;
  readonly commit: string;
  readonly tree: string;
  readonly startedAtMs: number;
}

/** Points a ref of the session at the commit, unless the session's last ref does already. */
async function publish(
  shadow: ShadowRepository,
  request: SnapshotRequest,
  { last, commit, tree, startedAtMs }: Publication,
): Promise<LastSnapshot> {
  const tookMs = Date.now() - startedAtMs;
  const checksum = last?.indexChecksum ?? '';
  const shared = { session: request.session, commit, tree, startedAtMs, tookMs, indexChecksum: checksum };
  if (last !== undefined && last.commit === commit && last.session === request.session) {
    return { ...shared, sequence: last.sequence, ref: last.ref };
  }
  const sequence = (last?.sequence ?? 0) + 1;
  const ref = `refs/moda/${refWord(request.session)}/${sequence}`;
  const { code } = await git(gitPlace(shadow), ['update-ref', ref, commit], {});
  if (code !== 0) throw new Error('update-ref failed');
  return { ...shared, sequence, ref };
}

async function writeTree(
  shadow: ShadowRepository,
  indexFile: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { code, stdout } = await git(gitPlace(shadow, indexFile), ['write-tree'], { signal });
  return code === 0 ? stdout.toString('latin1').trim() : '';
}

/** Without parents: each snapshot can be dropped by itself, and only ids stand in the message. */
async function commitTree(shadow: ShadowRepository, request: SnapshotRequest, tree: string): Promise<string> {
  const seconds = Math.floor(request.firedAtMs / 1000);
  const date = { GIT_AUTHOR_DATE: `${seconds} +0000`, GIT_COMMITTER_DATE: `${seconds} +0000` };
  const ids = Object.entries(request.ids).map(([name, value]) => `${name}: ${value}`);
  const input = [request.event, '', `session: ${request.session}`, ...ids, ''].join('\n');
  const options = { input, environment: date, signal: request.signal };
  const { code, stdout } = await git(gitPlace(shadow), ['commit-tree', tree, '-F', '-'], options);
  return code === 0 ? stdout.toString('latin1').trim() : '';
}

function taken(
  shadow: ShadowRepository,
  request: SnapshotRequest,
  last: LastSnapshot,
  staged: readonly string[],
  isChange = false,
): SnapshotResult {
  const { commit, tree, ref, sequence, tookMs } = last;
  const files = staged.length;
  appendRecord(shadow, { ...recordBase(request), sequence, commit, tree, tookMs, files, skipped: '' });
  return { kind: 'taken', commit, tree, ref, sequence, files, changed: isChange ? staged : [], shadow };
}

function recordBase(request: SnapshotRequest) {
  const { session, event, ids } = request;
  return { time: new Date(request.firedAtMs).toISOString(), session, event, ids };
}

/** A session id as one word of a ref name (git-check-ref-format(1)). */
function refWord(session: string): string {
  const word = session.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 100);
  return word === '' ? 'none' : word;
}

function reasonOf(error: unknown): SkipReason {
  if (error instanceof GitInterrupted) return error.reason === 'aborted' ? 'too slow' : 'too many files';
  return (error as { code?: string }).code === 'ENOENT' ? 'no git' : 'failed';
}
