/**
 * Who waits when the cores are fewer than the threads that have work: first the engine, then the skills, then the ingest
 * workers, last the main thread, which takes requests and acknowledges them. A machine with idle cores is not affected.
 * `node test/faults/run-fairness.ts` shows what it is good for.
 */

import { spawnSync } from 'node:child_process';
import os from 'node:os';

const NICENESS_MAX = 19;

/** Steps of `nice` below what the server runs at. The engine has over a hundred threads, which weigh together. */
export const Niceness = { INGEST_WORKER: 2, EMBEDDED_ENGINE: 19, SKILLS: 10 } as const;

/**
 * Lowers the calling thread and what it starts from now on. Only on Linux: elsewhere 0 names the whole process. Where it
 * is not allowed, the thread is only less polite.
 */
export function lowerPriority(steps: number): void {
  if (process.platform !== 'linux') return;
  try {
    os.setPriority(0, Math.min(NICENESS_MAX, os.getPriority(0) + steps));
  } catch {
    // As said above.
  }
}

const CHRT_MS_MAX = 2000;

/**
 * Puts the process with all its threads into the scheduling class SCHED_IDLE (sched(7)), where chrt of util-linux is there.
 * A thread of niceness 19 that has a core keeps it for its slice of some milliseconds when a worker wakes up; one of this
 * class gives it up at once. Beside a store that merges, the p99 of requests is half of what it is with niceness alone.
 */
export function runOnIdleCores(): void {
  if (process.platform !== 'linux') return;
  spawnSync('chrt', ['-a', '-i', '-p', '0', String(process.pid)], { stdio: 'ignore', timeout: CHRT_MS_MAX });
}
