/**
 * Keeps ~/.moda small: drops old snapshots and the leftovers of killed processes, packs loose objects, and removes the
 * longest unused shadow repositories above the cap. Runs in the background after a session's end.
 */

import fs from 'node:fs';
import path from 'node:path';
import { stateDirectory } from '../hook/session-marks.ts';
import { git } from './git.ts';
import { tryLock, unlock } from './lock.ts';
import { readRecords, trimRecords } from './records.ts';
import { gitPlace, ownFile, type ShadowRepository, shadowRoot } from './shadow-repository.ts';

const DAY_MS = 24 * 3600 * 1000;
const SNAPSHOT_AGE_MAX_MS = 30 * DAY_MS;
const MARK_AGE_MAX_MS = 60 * DAY_MS;
/** Temporary files of processes that are surely gone. */
const LEFTOVER_AGE_MS = 3600 * 1000;
const SHADOW_BYTES_MAX = 5 * 1024 * 1024 * 1024;
/** Packing rewrites everything once and needs that much room again; larger ones are left as they are. */
const REPACK_BYTES_MAX = 512 * 1024 * 1024;
const LOOSE_OBJECTS_MAX = 500;
/** Whole repositories that are looked at in one run. */
const REPOSITORIES_MAX = 200;

/** One run over everything; at most one at a time, and not more than once an hour. */
export async function maintain(home: string, nowMs = Date.now()): Promise<void> {
  const root = shadowRoot(home);
  if (!fs.existsSync(root)) return;
  const lock = path.join(root, 'maintenance.lock');
  const stamp = path.join(root, 'maintained');
  const last = fs.statSync(stamp, { throwIfNoEntry: false });
  if (last !== undefined && nowMs - last.mtimeMs < LEFTOVER_AGE_MS) return;
  if (!tryLock(lock)) return;
  try {
    fs.writeFileSync(stamp, '', { mode: 0o600 });
    removeOldMarks(home, nowMs);
    for (const shadow of shadows(home)) await maintainOne(shadow, nowMs);
    enforceCap(home);
  } finally {
    unlock(lock);
  }
}

/** One repository: refs by age, leftovers, loose objects. */
export async function maintainOne(shadow: ShadowRepository, nowMs: number): Promise<void> {
  removeLeftovers(shadow, nowMs);
  trimRecords(shadow);
  await dropOldRefs(shadow, nowMs);
  const loose = countLoose(shadow);
  if (loose < LOOSE_OBJECTS_MAX || directoryBytes(shadow.directory) > REPACK_BYTES_MAX) return;
  const place = gitPlace(shadow);
  // Objects of a snapshot that is being taken have no ref yet: nothing young is thrown away.
  await git(place, ['repack', '-A', '-d', '-l', '-q', '--unpack-unreachable=2.hours.ago']);
  await git(place, ['prune', '--expire=2.hours.ago']);
}

/** Every shadow repository of a home directory. */
export function shadows(home: string): ShadowRepository[] {
  const root = shadowRoot(home);
  const names = fs.existsSync(root) ? fs.readdirSync(root).filter((name) => /^[0-9a-f]{32}$/.test(name)) : [];
  return names.slice(0, REPOSITORIES_MAX).map((name) => {
    const directory = path.join(root, name);
    const shadow = { directory, workTree: directory };
    return { directory, workTree: readText(ownFile(shadow, 'worktree')) };
  });
}

/** Removes whole repositories, the longest unused first, until all of them fit under the cap. */
export function enforceCap(home: string, bytesMax = SHADOW_BYTES_MAX): void {
  const sized = shadows(home).map((shadow) => ({
    shadow,
    bytes: directoryBytes(shadow.directory),
    usedMs: fs.statSync(ownFile(shadow, 'last.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }));
  let total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { shadow, bytes } of sized.sort((left, right) => left.usedMs - right.usedMs)) {
    if (total <= bytesMax) return;
    fs.rmSync(shadow.directory, { recursive: true, force: true });
    total -= bytes;
  }
}

async function dropOldRefs(shadow: ShadowRepository, nowMs: number): Promise<void> {
  const format = '--format=%(creatordate:unix) %(objectname) %(refname)';
  const { code, stdout } = await git(gitPlace({ ...shadow, workTree: shadow.directory }), [
    'for-each-ref',
    format,
    'refs/moda',
  ]);
  if (code !== 0) return;
  const current = readText(ownFile(shadow, 'last.json'));
  // A tree that did not change keeps its first commit, so the commit's date is not that of the last event it was sent with.
  const recent = readRecords(shadow).filter(({ time }) => nowMs - Date.parse(time) < SNAPSHOT_AGE_MAX_MS);
  const usedCommits = new Set(recent.map(({ commit }) => commit));
  const old: string[] = [];
  for (const line of stdout.toString('utf8').split('\n')) {
    const [seconds, commit = '', ref] = line.split(' ');
    if (ref === undefined || nowMs - Number(seconds) * 1000 < SNAPSHOT_AGE_MAX_MS || usedCommits.has(commit)) continue;
    // The newest snapshot stays, however old: the next one starts from it.
    if (!current.includes(`"${ref}"`)) old.push(`delete ${ref}`);
  }
  if (old.length === 0) return;
  await git(gitPlace({ ...shadow, workTree: shadow.directory }), ['update-ref', '--stdin'], {
    input: `${old.join('\n')}\n`,
  });
}

/** Private indexes and half-written packs of processes that were killed. */
function removeLeftovers(shadow: ShadowRepository, nowMs: number): void {
  for (const folder of ['', 'objects/pack', 'moda']) {
    const directory = path.join(shadow.directory, folder);
    for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
      if (!/^(?:index\.\d+\..*|tmp_.*|.*\.stale|.*\.tmp)$/.test(name)) continue;
      const file = path.join(directory, name);
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      if (stat !== undefined && nowMs - stat.mtimeMs > LEFTOVER_AGE_MS)
        fs.rmSync(file, { recursive: true, force: true });
    }
  }
}

function removeOldMarks(home: string, nowMs: number): void {
  const directory = stateDirectory(home);
  for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
    if (!name.startsWith('session-')) continue;
    const file = path.join(directory, name);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && nowMs - stat.mtimeMs > MARK_AGE_MAX_MS) fs.rmSync(file, { force: true });
  }
}

function countLoose(shadow: ShadowRepository): number {
  const objects = path.join(shadow.directory, 'objects');
  let count = 0;
  for (const name of fs.existsSync(objects) ? fs.readdirSync(objects) : []) {
    if (/^[0-9a-f]{2}$/.test(name)) count += fs.readdirSync(path.join(objects, name)).length;
  }
  return count;
}

function directoryBytes(directory: string): number {
  let bytes = 0;
  for (const name of fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const stat = fs.lstatSync(path.join(directory, name), { throwIfNoEntry: false });
    if (stat?.isFile() === true) bytes += stat.size;
  }
  return bytes;
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
