/** The end of the process, also when a disk holds calls that never return. */

import { setTimeout as sleep } from 'node:timers/promises';

/** How long file calls that are under way may take: those of a disk that answers are done in milliseconds. */
const CALLS_MS_MAX = 1000;
const LOOK_MS = 20;

/**
 * Exits with `code`. Node's own exit waits for the threads that file calls run on, so one that a disk holds would keep
 * the process for ever: then it kills itself. What is acknowledged is on disk, and the next start recovers the rest.
 */
export async function exitProcess(code: number): Promise<void> {
  for (let waitedMs = 0; isFileCallPending(); waitedMs += LOOK_MS) {
    if (waitedMs >= CALLS_MS_MAX) {
      process.stderr.write('the disk does not answer: ended without waiting for it\n');
      process.kill(process.pid, 'SIGKILL');
    }
    await sleep(LOOK_MS);
  }
  process.exit(code);
}

function isFileCallPending(): boolean {
  return process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq'));
}
