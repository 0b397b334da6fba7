/** On what and of what a result was measured; every result carries it. */

import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** Commit of the working tree, with `+` when there are changes on top; empty outside of a clone. */
  readonly commit: string;
  readonly measuredAt: string;
}

/** Describes this machine and checkout. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    commit: commit(),
    measuredAt: new Date().toISOString(),
  };
}

function commit(): string {
  try {
    const head = git('rev-parse', '--short=12', 'HEAD');
    const changes = git('status', '--porcelain', '--untracked-files=no');
    return changes === '' ? head : `${head}+`;
  } catch {
    return ''; // an unpacked archive has no history
  }
}

function git(...args: string[]): string {
  const cwd = new URL('..', import.meta.url);
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
