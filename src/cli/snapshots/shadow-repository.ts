/**
 * The shadow repository of one working tree: ~/.moda/shadow/<hash of its real path>/, a bare repository made by hand, plus
 * this product's own files under moda/. All sessions in that working tree share it.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory, modaHome } from '../files/moda-home.ts';
import type { GitPlace } from './git.ts';
import type { SkipReason } from './refusal.ts';

export interface ShadowRepository {
  readonly directory: string;
  /** Real path of the working tree. */
  readonly workTree: string;
}

/** The snapshot taken last, which the next one starts from. */
export interface LastSnapshot {
  readonly sequence: number;
  readonly session: string;
  readonly commit: string;
  readonly tree: string;
  readonly ref: string;
  /** When its staging began, in milliseconds since 1970: it shows no change that came later. */
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** Checksum that ends the kept index file: tells whether tree and index belong together. */
  readonly indexChecksum: string;
}

const CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = true
\tautocrlf = false
\tsafecrlf = false
\tfsmonitor = false
\tuntrackedCache = true
\tlogAllRefUpdates = false
\thooksPath = /dev/null
\tattributesFile = /dev/null
\texcludesFile = /dev/null
[index]
\tversion = 4
[gc]
\tauto = 0
[maintenance]
\tauto = false
[commit]
\tgpgSign = false
[protocol]
\tallow = never
`;

/** Where all shadow repositories are. */
export function shadowRoot(home: string): string {
  return path.join(modaHome(home), 'shadow');
}

/** The repository that belongs to a working tree, whether it exists or not. */
export function shadowOf(home: string, realWorkTree: string): ShadowRepository {
  const hash = createHash('sha256').update(realWorkTree).digest('hex').slice(0, 32);
  return { directory: path.join(shadowRoot(home), hash), workTree: realWorkTree };
}

/** Makes the repository when it is not there; in a temporary folder first, so that a half-made one is never seen. */
export function ensureRepository(home: string, shadow: ShadowRepository): void {
  if (fs.existsSync(path.join(shadow.directory, 'HEAD'))) return;
  ensurePrivateDirectory(modaHome(home));
  ensurePrivateDirectory(shadowRoot(home));
  const making = `${shadow.directory}.${process.pid}.making`;
  fs.rmSync(making, { recursive: true, force: true });
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info', 'moda']) {
    fs.mkdirSync(path.join(making, folder), { recursive: true, mode: 0o700 });
  }
  fs.writeFileSync(path.join(making, 'config'), CONFIG, { mode: 0o600 });
  fs.writeFileSync(path.join(making, 'moda', 'worktree'), shadow.workTree, { mode: 0o600 });
  fs.writeFileSync(path.join(making, 'HEAD'), 'ref: refs/heads/none\n', { mode: 0o600 });
  try {
    fs.renameSync(making, shadow.directory);
  } catch (error) {
    fs.rmSync(making, { recursive: true, force: true });
    // Another hook was faster.
    if (!fs.existsSync(path.join(shadow.directory, 'HEAD'))) throw error;
  }
}

/** The shadow as git sees it, with a given index file. */
export function gitPlace(shadow: ShadowRepository, indexFile?: string): GitPlace {
  return { gitDirectory: shadow.directory, workTree: shadow.workTree, indexFile };
}

/** A path under the repository's own folder for this product. */
export function ownFile(shadow: ShadowRepository, name: string): string {
  return path.join(shadow.directory, 'moda', name);
}

/** The snapshot taken last; undefined before the first one. */
export function readLast(shadow: ShadowRepository): LastSnapshot | undefined {
  try {
    return JSON.parse(fs.readFileSync(ownFile(shadow, 'last.json'), 'utf8')) as LastSnapshot;
  } catch {
    // First snapshot, or a crash lost the note: the next snapshot does the whole work.
    return undefined;
  }
}

/** Replaces the note about the last snapshot. */
export function writeLast(shadow: ShadowRepository, last: LastSnapshot): void {
  replaceJson(ownFile(shadow, 'last.json'), last);
}

/** Checksum that git puts behind an index file, hex; empty when there is no such file. */
export function indexChecksum(indexFile: string): string {
  try {
    const handle = fs.openSync(indexFile, 'r');
    try {
      const { size } = fs.fstatSync(handle);
      const tail = Buffer.alloc(20);
      fs.readSync(handle, tail, 0, 20, Math.max(0, size - 20));
      return tail.toString('hex');
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return '';
  }
}

interface Refusal {
  readonly reason: SkipReason;
  readonly untilMs: number;
}

/** A refusal that was found the hard way (too many files, too slow) and still holds. */
export function readRefusal(shadow: ShadowRepository, nowMs: number): SkipReason | undefined {
  try {
    const refusal = JSON.parse(fs.readFileSync(ownFile(shadow, 'refused.json'), 'utf8')) as Refusal;
    return nowMs < refusal.untilMs ? refusal.reason : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a refusal, so that the next hooks do not try again at once. */
export function writeRefusal(shadow: ShadowRepository, reason: SkipReason, untilMs: number): void {
  replaceJson(ownFile(shadow, 'refused.json'), { reason, untilMs } satisfies Refusal);
}

function replaceJson(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
  fs.renameSync(temporary, file);
}
