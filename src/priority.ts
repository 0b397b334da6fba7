/**
 * Who waits when the cores are fewer than the threads that have work: first the engine and the skills, then the ingest
 * workers, last the main thread, which takes requests and acknowledges them. A machine with idle cores is not affected.
 * `node test/faults/run-fairness.ts` shows what it is good for.
 */

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
